// Popups for related objects. The popup's last page hands its data to the functions put on `window` here.
(() => {
    'use strict';
    const popups = new Map();
    const open = (id, href) => {
        const url = new URL(href, location.href);
        if (!url.searchParams.has('_popup')) {
            url.searchParams.set('_popup', '1');
        }
        const name = `${id}__${popups.size}`.replace(/[^\w]/g, '_');
        const popup = window.open(url.href, name, 'height=640,width=900,resizable=yes,scrollbars=yes');
        popups.set(popup, id);
        popup.focus();
    };
    const inputOf = id => document.getElementById(id);
    const updateLinks = select => {
        const wrapper = select.closest('.related-widget-wrapper');
        for (const link of wrapper ? wrapper.querySelectorAll('[data-href-template]') : []) {
            if (select.value) {
                link.href = link.dataset.hrefTemplate.replace('__fk__', encodeURIComponent(select.value));
                link.removeAttribute('aria-disabled');
            } else {
                link.removeAttribute('href');
                link.setAttribute('aria-disabled', 'true');
            }
        }
    };
    const idOf = popup => popups.get(popup);
    const close = popup => { popups.delete(popup); popup.close(); };
    const selectsOf = target => {
        const model = target.closest('.related-widget-wrapper')?.dataset.modelRef;
        if (!model) {
            return [target];
        }
        return [...document.querySelectorAll(`.related-widget-wrapper[data-model-ref="${CSS.escape(model)}"] select`)];
    };
    const addOption = (select, value, text, group, selected) => {
        const option = new Option(text, value, selected, selected);
        const parent = group ? [...select.querySelectorAll('optgroup')].find(g => g.label === group) || select.appendChild(Object.assign(document.createElement('optgroup'), {label: group})) : select;
        parent.append(option);
    };

    window.dismissAddRelatedObjectPopup = (popup, value, text, group) => {
        const target = inputOf(idOf(popup));
        if (target?.tagName === 'SELECT') {
            for (const select of selectsOf(target)) {
                addOption(select, value, text, group, select === target);
            }
            target.dispatchEvent(new Event('change', {bubbles: true}));
        } else if (target) {
            const many = target.classList.contains('vManyToManyRawIdAdminField');
            target.value = many && target.value ? `${target.value},${value}` : value;
            target.dispatchEvent(new Event('change', {bubbles: true}));
        }
        close(popup);
    };
    window.dismissRelatedLookupPopup = (popup, value) => {
        const target = inputOf(idOf(popup));
        const many = target.classList.contains('vManyToManyRawIdAdminField');
        target.value = many && target.value ? `${target.value},${value}` : value;
        target.dispatchEvent(new Event('change', {bubbles: true}));
        close(popup);
    };
    window.dismissChangeRelatedObjectPopup = (popup, value, text, newValue) => {
        const target = inputOf(idOf(popup));
        for (const select of target ? selectsOf(target) : []) {
            for (const option of select.options) {
                if (option.value === value) {
                    option.textContent = text;
                    option.value = newValue;
                }
            }
            select.dispatchEvent(new Event('change', {bubbles: true}));
        }
        close(popup);
    };
    window.dismissDeleteRelatedObjectPopup = (popup, value) => {
        const target = inputOf(idOf(popup));
        for (const select of target ? selectsOf(target) : []) {
            for (const option of [...select.options]) {
                if (option.value === value) {
                    option.remove();
                }
            }
            select.dispatchEvent(new Event('change', {bubbles: true}));
        }
        close(popup);
    };

    document.addEventListener('click', event => {
        const chosen = event.target.closest('a[data-popup-opener]');
        if (chosen && window.opener) {
            event.preventDefault();
            window.opener.dismissRelatedLookupPopup(window, chosen.dataset.popupOpener);
            return;
        }
        const related = event.target.closest('.related-widget-wrapper-link[data-popup="yes"][href]');
        if (related) {
            event.preventDefault();
            open(related.id.replace(/^(add|change|delete|view)_/, ''), related.href);
            return;
        }
        const lookup = event.target.closest('a.related-lookup');
        if (lookup) {
            event.preventDefault();
            open(document.getElementById(lookup.id.replace(/^lookup_id_/, 'id_')) ? lookup.id.replace(/^lookup_id_/, 'id_') : lookup.previousElementSibling.id, lookup.href);
        }
    });
    document.addEventListener('change', event => {
        if (event.target.matches('.related-widget-wrapper select')) {
            updateLinks(event.target);
        }
    });
    const start = () => document.querySelectorAll('.related-widget-wrapper select').forEach(updateLinks);
    if (document.readyState === 'loading') { addEventListener('DOMContentLoaded', start); } else { start(); }
})();
