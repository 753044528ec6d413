// Turns a multiple select into two lists, available and chosen, each with a filter.
(() => {
    'use strict';
    const text = message => typeof gettext === 'function' ? gettext(message) : message;
    const setUp = select => {
        if (select.dataset.ready || select.id.includes('__prefix__')) {
            return;
        }
        select.dataset.ready = 'yes';
        const box = document.createElement('div');
        box.className = select.dataset.isStacked === '1' ? 'selector stacked' : 'selector';
        const pane = (name, title) => {
            const outer = document.createElement('div');
            outer.className = `selector-${name}`;
            const heading = Object.assign(document.createElement('div'), {className: 'selector-title', textContent: title});
            const filter = Object.assign(document.createElement('input'), {type: 'search', placeholder: text('Filter')});
            filter.setAttribute('aria-label', `${text('Filter')}: ${title}`);
            const list = Object.assign(document.createElement('select'), {multiple: true, size: 10});
            list.setAttribute('aria-label', title);
            outer.append(heading, filter, list);
            return {outer, filter, list};
        };
        const name = select.dataset.fieldName;
        const available = pane('available', `${text('Available')} ${name}`);
        const chosen = pane('chosen', `${text('Chosen')} ${name}`);
        const draw = () => {
            for (const side of [available, chosen]) {
                const wanted = side.filter.value.toLowerCase();
                side.list.replaceChildren(...[...select.options]
                    .filter(option => option.selected === (side === chosen) && option.text.toLowerCase().includes(wanted))
                    .map(option => new Option(option.text, option.value)));
            }
        };
        const move = (from, selected) => {
            const values = new Set([...from.list.selectedOptions].map(option => option.value));
            for (const option of select.options) {
                if (values.has(option.value)) {
                    option.selected = selected;
                }
            }
            select.dispatchEvent(new Event('change', {bubbles: true}));
        };
        const chooser = document.createElement('div');
        chooser.className = 'selector-chooser';
        for (const [label, title, from, selected] of [['→', text('Choose'), available, true], ['←', text('Remove'), chosen, false]]) {
            const button = Object.assign(document.createElement('button'), {type: 'button', textContent: label, title});
            button.setAttribute('aria-label', title);
            button.addEventListener('click', () => move(from, selected));
            from.list.addEventListener('dblclick', () => move(from, selected));
            from.list.addEventListener('keydown', event => { if (event.key === 'Enter') { event.preventDefault(); move(from, selected); } });
            chooser.append(button);
        }
        available.filter.addEventListener('input', draw);
        chosen.filter.addEventListener('input', draw);
        select.addEventListener('change', draw);
        box.append(available.outer, chooser, chosen.outer);
        select.before(box);
        select.hidden = true;
        draw();
    };
    const start = root => root.querySelectorAll('select.selectfilter, select.selectfilterstacked').forEach(setUp);
    addEventListener('DOMContentLoaded', () => start(document));
    document.addEventListener('formset:added', event => start(event.target));
})();
