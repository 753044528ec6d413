// Dates and times: "Today" and "Now", and a note where the server's clock is another.
(() => {
    'use strict';
    const text = message => typeof gettext === 'function' ? gettext(message) : message;
    const format = (date, pattern) => {
        const two = number => String(number).padStart(2, '0');
        const parts = {'%Y': date.getFullYear(), '%m': two(date.getMonth() + 1), '%d': two(date.getDate()), '%H': two(date.getHours()), '%M': two(date.getMinutes()), '%S': two(date.getSeconds()), '%y': two(date.getFullYear() % 100)};
        return pattern.replace(/%[YmdHMSy]/g, key => parts[key]);
    };
    const inputFormat = (key, fallback) => typeof get_format === 'function' ? get_format(key)[0] : fallback;
    const serverOffset = () => Number(document.body.dataset.adminUtcOffset || 0);
    const now = () => {
        const local = new Date();
        const difference = serverOffset() + local.getTimezoneOffset() * 60;
        return new Date(local.getTime() + difference * 1000);
    };
    const setUp = input => {
        if (input.dataset.ready || input.name.includes('__prefix__')) {
            return;
        }
        input.dataset.ready = 'yes';
        const isDate = input.classList.contains('vDateField');
        const shortcuts = Object.assign(document.createElement('span'), {className: 'datetimeshortcuts'});
        const button = Object.assign(document.createElement('button'), {type: 'button', textContent: text(isDate ? 'Today' : 'Now')});
        button.addEventListener('click', () => {
            input.value = isDate ? format(now(), inputFormat('DATE_INPUT_FORMATS', '%Y-%m-%d')) : format(now(), inputFormat('TIME_INPUT_FORMATS', '%H:%M:%S'));
            input.dispatchEvent(new Event('change', {bubbles: true}));
        });
        shortcuts.append(button);
        input.after(shortcuts);
        const hours = (serverOffset() + new Date().getTimezoneOffset() * 60) / 3600;
        const noteId = input.getAttribute('aria-describedby')?.split(' ').find(id => id.endsWith('_timezone_warning_helptext'));
        if (hours && noteId && !document.getElementById(noteId)) {
            const note = Object.assign(document.createElement('span'), {className: 'help timezonewarning', id: noteId});
            const message = hours > 0 ? 'Note: You are %s hours ahead of server time.' : 'Note: You are %s hours behind server time.';
            note.textContent = text(hours > 0 ? message.replace('ahead', 'behind') : message.replace('behind', 'ahead')).replace('%s', Math.abs(hours));
            input.closest('p').append(note);
        }
    };
    const start = root => root.querySelectorAll('.vDateField, .vTimeField').forEach(setUp);
    addEventListener('DOMContentLoaded', () => start(document));
    document.addEventListener('formset:added', event => start(event.target));
})();
