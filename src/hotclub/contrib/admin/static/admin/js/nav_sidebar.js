// The sidebar: folding it away, and filtering its models.
(() => {
    'use strict';
    const main = document.getElementById('main');
    const toggle = document.getElementById('toggle-nav-sidebar');
    const sidebar = document.getElementById('nav-sidebar');
    if (!toggle || !sidebar) {
        return;
    }
    const KEY = 'admin.navSidebarIsOpen';
    const remember = open => { try { localStorage.setItem(KEY, open); } catch { /* not kept */ } };
    let isOpen = true;
    try { isOpen = localStorage.getItem(KEY) !== 'false'; } catch { /* open */ }
    const show = () => {
        main.classList.toggle('nav-closed', !isOpen);
        toggle.setAttribute('aria-expanded', isOpen);
    };
    show();
    toggle.addEventListener('click', () => { isOpen = !isOpen; remember(isOpen); show(); });

    const filter = document.getElementById('nav-filter');
    const run = () => {
        const wanted = filter.value.trim().toLowerCase();
        let hits = 0;
        for (const module of sidebar.querySelectorAll('.module')) {
            let shown = 0;
            for (const row of module.querySelectorAll('tr[class^="model-"]')) {
                const hit = row.querySelector('th').textContent.toLowerCase().includes(wanted);
                row.hidden = !hit;
                shown += hit;
            }
            module.hidden = !shown;
            hits += shown;
        }
        filter.classList.toggle('no-results', !hits);
        try { sessionStorage.setItem('admin.navSidebarFilterValue', filter.value); } catch { /* not kept */ }
    };
    try { filter.value = sessionStorage.getItem('admin.navSidebarFilterValue') || ''; } catch { /* empty */ }
    filter.addEventListener('input', run);
    filter.addEventListener('keydown', event => {
        if (event.key === 'Escape') {
            filter.value = '';
            run();
        } else if (event.key === 'Enter') {
            const first = sidebar.querySelector('.module:not([hidden]) tr[class^="model-"]:not([hidden]) th a');
            if (first) {
                location.href = first.href;
            }
        }
    });
    run();
})();
