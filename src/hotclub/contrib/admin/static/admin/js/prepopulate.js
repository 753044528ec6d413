// Fills fields, slugs mostly, from others as they are typed, until the user writes into them.
(() => {
    'use strict';
    const slugify = (text, length, unicode) => {
        let slug = text.normalize(unicode ? 'NFKC' : 'NFKD');
        slug = unicode ? slug.replace(/[^\p{L}\p{N}\s_-]/gu, '') : slug.replace(/[^\w\s-]/g, '');
        slug = slug.toLowerCase().trim().replace(/[\s-]+/g, '-');
        return slug.slice(0, length).replace(/^-+|-+$/g, '');
    };
    const start = field => {
        const target = document.querySelector(field.id);
        if (!target || target.value) {
            return;
        }
        let own = false;
        target.addEventListener('input', () => { own = target.value !== ''; });
        const sources = field.dependency_ids.map(id => document.querySelector(id)).filter(Boolean);
        const fill = () => {
            if (own) {
                return;
            }
            const words = sources.map(source => source.tagName === 'SELECT' ? source.selectedOptions[0]?.text ?? '' : source.value).filter(Boolean);
            target.value = slugify(words.join(' '), field.maxLength, field.allowUnicode);
        };
        for (const source of sources) {
            source.addEventListener('input', fill);
            source.addEventListener('change', fill);
        }
    };
    const fields = JSON.parse(document.getElementById('django-admin-prepopulated-fields-constants').dataset.prepopulatedFields);
    fields.forEach(start);
    document.addEventListener('formset:added', event => {
        for (const field of fields) {
            const index = event.target.id.match(/-(\d+)$/)?.[1];
            if (index && field.id.includes('__prefix__')) {
                const own = value => value.replace('__prefix__', index);
                start({...field, id: own(field.id), dependency_ids: field.dependency_ids.map(own)});
            }
        }
    });
})();
