// Inlines: adding and removing rows. Sends the documented events `formset:added` and `formset:removed`.
(() => {
    'use strict';
    const setUp = group => {
        const {options} = JSON.parse(group.dataset.inlineFormset);
        const prefix = options.prefix;
        const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
        const max = document.getElementById(`id_${prefix}-MAX_NUM_FORMS`);
        const min = document.getElementById(`id_${prefix}-MIN_NUM_FORMS`);
        const empty = document.getElementById(`${prefix}-empty`);
        if (!total || !empty) {
            return;
        }
        const tabular = group.dataset.inlineType === 'tabular';
        const rows = () => [...group.querySelectorAll(`[id^="${CSS.escape(prefix)}-"]:is(.form-row, .inline-related)`)].filter(row => row !== empty && /-\d+$/.test(row.id));
        const renumber = (row, index) => {
            const pattern = new RegExp(`${prefix.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}-(\\d+|__prefix__)`);
            const fix = element => {
                for (const name of ['id', 'name', 'for', 'aria-describedby', 'aria-labelledby']) {
                    const value = element.getAttribute(name);
                    if (value) {
                        element.setAttribute(name, value.replace(pattern, `${prefix}-${index}`));
                    }
                }
            };
            row.id = `${prefix}-${index}`;
            row.querySelectorAll('*').forEach(fix);
            const label = row.querySelector('.inline_label');
            if (label && !row.classList.contains('has_original')) {
                label.textContent = `#${index + 1}`;
            }
        };
        const adder = document.createElement(tabular ? 'tr' : 'div');
        adder.className = 'add-row';
        const button = Object.assign(document.createElement('a'), {href: '#', role: 'button', className: 'addlink', textContent: options.addText});
        if (tabular) {
            const cell = adder.insertCell();
            cell.colSpan = 99;
            cell.append(button);
        } else {
            adder.append(button);
        }
        empty.after(adder);
        const update = () => {
            const room = max.value === '' || Number(max.value) - rows().length > 0;
            adder.hidden = !room;
            const spare = rows().length > Number(min?.value || 0);
            for (const link of group.querySelectorAll('.inline-deletelink')) {
                link.hidden = !spare;
            }
        };
        const addRemover = row => {
            const remover = Object.assign(document.createElement('a'), {href: '#', role: 'button', className: 'inline-deletelink', textContent: options.deleteText});
            remover.addEventListener('click', event => {
                event.preventDefault();
                const errors = row.previousElementSibling;
                if (errors?.classList.contains('row-form-errors')) {
                    errors.remove();
                }
                row.remove();
                rows().forEach(renumber);
                total.value = rows().length;
                update();
                document.dispatchEvent(new CustomEvent('formset:removed', {detail: {formsetName: prefix}}));
            });
            if (tabular) {
                row.lastElementChild.append(remover);
            } else {
                row.querySelector('h3').append(Object.assign(document.createElement('span'), {className: 'delete'}));
                row.querySelector('h3 .delete').append(remover);
            }
        };
        for (const row of rows()) {
            if (!row.classList.contains('has_original')) {
                addRemover(row);
            }
        }
        button.addEventListener('click', event => {
            event.preventDefault();
            const row = empty.cloneNode(true);
            row.classList.remove('empty-form', 'last-related');
            row.classList.add(`dynamic-${prefix}`);
            empty.before(row);
            renumber(row, Number(total.value));
            addRemover(row);
            total.value = Number(total.value) + 1;
            update();
            row.dispatchEvent(new CustomEvent('formset:added', {bubbles: true, detail: {formsetName: prefix}}));
            row.querySelector('input:not([type=hidden]), select, textarea')?.focus();
        });
        update();
    };
    const start = () => document.querySelectorAll('.js-inline-admin-formset').forEach(setUp);
    if (document.readyState === 'loading') { addEventListener('DOMContentLoaded', start); } else { start(); }
})();
