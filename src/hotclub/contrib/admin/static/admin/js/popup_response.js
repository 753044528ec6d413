// Hands the result of a popup to the page that opened it.
(() => {
    'use strict';
    const data = JSON.parse(document.getElementById('django-admin-popup-response-constants').dataset.popupResponse);
    const opener = window.opener;
    if (data.action === 'change') {
        opener.dismissChangeRelatedObjectPopup(window, data.value, data.obj, data.new_value);
    } else if (data.action === 'delete') {
        opener.dismissDeleteRelatedObjectPopup(window, data.value);
    } else {
        opener.dismissAddRelatedObjectPopup(window, data.value, data.obj, data.optgroup);
    }
})();
