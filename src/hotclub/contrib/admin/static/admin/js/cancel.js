// "No, take me back": to the page before, or out of the popup.
(() => {
    'use strict';
    for (const link of document.querySelectorAll('.cancel-link')) {
        link.addEventListener('click', event => {
            event.preventDefault();
            if (new URLSearchParams(location.search).has('_popup')) { window.close(); } else { history.back(); }
        });
    }
})();
