// What every page of a model has: "/" goes to the search box, "[" to the filter of the sidebar.
(() => {
    'use strict';
    document.addEventListener('keydown', event => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, [contenteditable]')) {
            return;
        }
        const id = {'/': 'searchbar', '[': 'nav-filter'}[event.key];
        const target = id && (document.getElementById(id) || document.getElementById('nav-filter'));
        if (target) {
            event.preventDefault();
            target.focus();
            target.select();
        }
    });
    // Leaving a form with changes asks first.
    addEventListener('DOMContentLoaded', () => {
        const form = document.querySelector('.change-form #content-main form');
        if (!form) {
            return;
        }
        let changed = false;
        form.addEventListener('input', () => { changed = true; });
        form.addEventListener('submit', () => { changed = false; });
        addEventListener('beforeunload', event => {
            if (changed) {
                event.preventDefault();
            }
        });
    });
})();
