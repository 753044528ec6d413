// The list: selecting rows for an action, with a counter; filters that stay folded.
(() => {
    'use strict';
    const boxes = [...document.querySelectorAll('tr input.action-select')];
    const all = document.getElementById('action-toggle');
    const bars = [...document.querySelectorAll('.actions')];
    const across = () => [...document.querySelectorAll('.select-across')];
    const show = (bar, selector, visible) => {
        for (const part of bar.querySelectorAll(selector)) {
            part.classList.toggle('hidden', !visible);
        }
    };
    const update = () => {
        const count = boxes.filter(box => box.checked).length;
        const everything = across().some(input => input.value === '1');
        for (const box of boxes) {
            box.closest('tr').classList.toggle('selected', box.checked);
        }
        if (all) {
            all.checked = count > 0 && count === boxes.length;
            all.indeterminate = count > 0 && count < boxes.length;
        }
        for (const bar of bars) {
            bar.classList.toggle('selecting', count > 0);
            const counter = bar.querySelector('.action-counter');
            if (counter) {
                const text = interpolateCount(count, Number(counter.dataset.actionsIcnt));
                counter.textContent = text;
            }
            show(bar, '.action-counter', !everything);
            show(bar, '.all', everything);
            show(bar, '.question', !everything && count > 0 && count === boxes.length);
            show(bar, '.clear', everything);
        }
    };
    const interpolateCount = (sel, cnt) => {
        const template = typeof ngettext === 'function'
            ? ngettext('%(sel)s of %(cnt)s selected', '%(sel)s of %(cnt)s selected', sel) : '%(sel)s of %(cnt)s selected';
        return template.replace('%(sel)s', sel).replace('%(cnt)s', cnt);
    };
    const setAcross = value => { for (const input of across()) { input.value = value; } };
    let last = null;
    for (const box of boxes) {
        box.addEventListener('click', event => {
            if (event.shiftKey && last) {
                const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
                for (const other of boxes.slice(from, to + 1)) {
                    other.checked = box.checked;
                }
            }
            last = box;
            setAcross(0);
            update();
        });
    }
    if (all) {
        all.addEventListener('click', () => {
            for (const box of boxes) {
                box.checked = all.checked;
            }
            setAcross(0);
            update();
        });
    }
    for (const bar of bars) {
        bar.querySelector('.question a')?.addEventListener('click', event => { event.preventDefault(); setAcross(1); update(); });
        bar.querySelector('.clear a')?.addEventListener('click', event => {
            event.preventDefault();
            for (const box of boxes) {
                box.checked = false;
            }
            setAcross(0);
            update();
        });
    }
    if (boxes.length) {
        update();
    }

    // Filters remember whether they are open.
    const KEY = 'hotclub.admin.filtersState';
    let state = {};
    try { state = JSON.parse(sessionStorage.getItem(KEY)) || {}; } catch { state = {}; }
    for (const details of document.querySelectorAll('#changelist-filter details')) {
        const title = details.dataset.filterTitle;
        if (title in state) {
            details.open = state[title];
        }
        details.addEventListener('toggle', () => {
            state[title] = details.open;
            try { sessionStorage.setItem(KEY, JSON.stringify(state)); } catch { /* not kept */ }
        });
    }
})();
