// Hides the password fields of a user who logs in by other means.
(() => {
    'use strict';
    const radios = document.querySelectorAll('input[name="usable_password"]');
    const passwords = document.querySelectorAll('.field-password1, .field-password2');
    const setters = document.querySelectorAll('.submit-row .set-password');
    const unsetters = document.querySelectorAll('.submit-row .unset-password');
    const show = () => {
        const usable = document.querySelector('input[name="usable_password"]:checked')?.value !== 'false';
        passwords.forEach(row => { row.hidden = !usable; });
        setters.forEach(button => { button.hidden = !usable; });
        unsetters.forEach(button => { button.hidden = usable; });
    };
    radios.forEach(radio => radio.addEventListener('change', show));
    if (radios.length) {
        show();
    }
})();
