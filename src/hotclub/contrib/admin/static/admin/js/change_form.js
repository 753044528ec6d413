// Puts the cursor into the first field of a form for a new object.
(() => {
    'use strict';
    const model = document.getElementById('django-admin-form-add-constants').dataset.modelName;
    if (model) {
        for (const field of document.querySelectorAll(`#${CSS.escape(model)}_form :is(input, select, textarea)`)) {
            if (field.type !== 'hidden' && !field.disabled && field.offsetParent !== null) {
                field.focus();
                break;
            }
        }
    }
})();
