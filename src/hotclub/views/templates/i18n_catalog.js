{% autoescape off %}"use strict";
// Adds its messages and formats to those of catalogs that were loaded before.
(function (page) {
  const own = page.django = page.django || {};
  const messages = own.catalog = Object.assign(own.catalog || {}, {{ catalog_str|default:"{}" }});
  const formats = own.formats = Object.assign(own.formats || {}, {{ formats_str }});
  const has = (table, key) => Object.prototype.hasOwnProperty.call(table, key);
  const CONTEXT_MARK = "\x04";

  // Which of the plural forms stands for n.
  function pluralidx(n) {
    return Number({% if plural %}{{ plural }}{% else %}n != 1{% endif %});
  }

  function look_up(key, form) {
    if (!has(messages, key)) { return null; }
    const found = messages[key];
    return Array.isArray(found) ? found[form] : found;
  }

  const functions = {
    pluralidx,
    gettext: (text) => look_up(text, 0) ?? text,
    ngettext: (one, many, n) => look_up(one, pluralidx(n)) ?? (n == 1 ? one : many),
    gettext_noop: (text) => text,
    pgettext: (context, text) => look_up(context + CONTEXT_MARK + text, 0) ?? text,
    npgettext: (context, one, many, n) =>
      look_up(context + CONTEXT_MARK + one, pluralidx(n)) ?? functions.ngettext(one, many, n),
    // Fills %s from a list in order, or %(name)s from an object.
    interpolate(text, values, named) {
      if (named) { return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name])); }
      let next = 0;
      return text.replace(/%s/g, () => String(values[next++]));
    },
    get_format: (name) => has(formats, name) ? formats[name] : name,
  };
  Object.assign(own, functions);
  Object.assign(page, functions);
})(globalThis);
{% endautoescape %}