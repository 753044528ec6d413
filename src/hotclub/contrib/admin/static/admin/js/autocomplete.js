// Turns a select into a search box (combobox pattern of WAI-ARIA); the options come from the server, a page at a time.
(() => {
    'use strict';
    let counter = 0;
    const setUp = select => {
        if (select.dataset.ready || select.id.includes('__prefix__')) {
            return;
        }
        select.dataset.ready = 'yes';
        const many = select.multiple;
        const listId = `combobox-${++counter}`;
        const box = Object.assign(document.createElement('div'), {className: 'combobox'});
        const chips = Object.assign(document.createElement('div'), {className: 'chips'});
        const input = Object.assign(document.createElement('input'), {type: 'text', autocomplete: 'off'});
        const list = Object.assign(document.createElement('ul'), {id: listId, hidden: true});
        list.setAttribute('role', 'listbox');
        for (const [name, value] of Object.entries({role: 'combobox', 'aria-expanded': 'false', 'aria-controls': listId, 'aria-autocomplete': 'list'})) {
            input.setAttribute(name, value);
        }
        const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
        if (label) {
            input.setAttribute('aria-label', label.textContent.trim());
        }
        let page = 1;
        let more = false;
        let active = -1;
        let request = null;
        const selected = () => [...select.selectedOptions].filter(option => option.value);
        const draw = () => {
            chips.replaceChildren();
            if (!many) {
                input.value = selected()[0]?.text || '';
                return;
            }
            for (const option of selected()) {
                const chip = Object.assign(document.createElement('span'), {className: 'chip', textContent: option.text});
                const remove = Object.assign(document.createElement('button'), {type: 'button', textContent: '×'});
                remove.setAttribute('aria-label', `Remove ${option.text}`);
                remove.addEventListener('click', () => { option.remove(); changed(); });
                chip.append(remove);
                chips.append(chip);
            }
            input.value = '';
        };
        const changed = () => { draw(); select.dispatchEvent(new Event('change', {bubbles: true})); };
        const close = () => { list.hidden = true; active = -1; input.setAttribute('aria-expanded', 'false'); };
        const choose = (value, text) => {
            if (!many) {
                select.querySelectorAll('option:not([value=""])').forEach(option => option.remove());
            }
            if (![...select.options].some(option => option.value === value)) {
                select.append(new Option(text, value, true, true));
            }
            close();
            changed();
        };
        const highlight = index => {
            const options = [...list.children];
            active = Math.max(0, Math.min(index, options.length - 1));
            options.forEach((option, position) => option.setAttribute('aria-selected', position === active));
            options[active]?.scrollIntoView({block: 'nearest'});
            if (options[active]) {
                input.setAttribute('aria-activedescendant', options[active].id);
            }
            if (more && active === options.length - 1) {
                load(page + 1);
            }
        };
        const load = async wanted => {
            request?.abort();
            request = new AbortController();
            const query = new URLSearchParams({term: input.dataset.term || '', page: wanted, app_label: select.dataset.appLabel, model_name: select.dataset.modelName, field_name: select.dataset.fieldName});
            let data;
            try {
                const response = await fetch(`${select.dataset.ajaxUrl || select.getAttribute('data-ajax--url')}?${query}`, {signal: request.signal, headers: {Accept: 'application/json'}});
                data = await response.json();
            } catch {
                return;
            }
            if (wanted === 1) {
                list.replaceChildren();
            }
            page = wanted;
            more = data.pagination.more;
            for (const {id, text} of data.results) {
                const option = Object.assign(document.createElement('li'), {id: `${listId}-${list.children.length}`, textContent: text});
                option.setAttribute('role', 'option');
                option.addEventListener('mousedown', event => { event.preventDefault(); choose(id, text); });
                list.append(option);
            }
            list.hidden = !list.children.length;
            input.setAttribute('aria-expanded', String(!list.hidden));
        };
        let timer;
        input.addEventListener('input', () => {
            clearTimeout(timer);
            timer = setTimeout(() => {
                input.dataset.term = input.value;
                if (!many && !input.value && select.dataset.allowClear === 'true') {
                    select.value = '';
                    select.dispatchEvent(new Event('change', {bubbles: true}));
                }
                load(1);
            }, 200);
        });
        input.addEventListener('focus', () => { input.dataset.term = ''; input.select(); load(1); });
        input.addEventListener('blur', () => { close(); draw(); });
        input.addEventListener('keydown', event => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
                event.preventDefault();
                highlight(active + (event.key === 'ArrowDown' ? 1 : -1));
            } else if (event.key === 'Enter' && !list.hidden && active >= 0) {
                event.preventDefault();
                list.children[active].dispatchEvent(new MouseEvent('mousedown', {cancelable: true}));
            } else if (event.key === 'Escape') {
                close();
            }
        });
        list.addEventListener('scroll', () => { if (more && list.scrollTop + list.clientHeight > list.scrollHeight - 40) { more = false; load(page + 1); } });
        select.addEventListener('change', event => { if (event.isTrusted === false) { draw(); } });
        box.append(chips, input, list);
        select.before(box);
        select.hidden = true;
        draw();
    };
    const start = root => root.querySelectorAll('select.admin-autocomplete').forEach(setUp);
    addEventListener('DOMContentLoaded', () => start(document));
    document.addEventListener('formset:added', event => start(event.target));
})();
