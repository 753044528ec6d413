// Keeps the theme the user chose: auto, light or dark. Runs before the page is painted.
(() => {
    'use strict';
    const order = ['auto', 'light', 'dark'];
    const stored = () => {
        try { return localStorage.getItem('theme') || 'auto'; } catch { return 'auto'; }
    };
    const apply = theme => { document.documentElement.dataset.theme = theme; };
    apply(order.includes(stored()) ? stored() : 'auto');
    document.addEventListener('click', event => {
        if (!event.target.closest('.theme-toggle')) {
            return;
        }
        const next = order[(order.indexOf(document.documentElement.dataset.theme) + 1) % order.length];
        try { localStorage.setItem('theme', next); } catch { /* private mode: for this page only */ }
        apply(next);
    });
})();
