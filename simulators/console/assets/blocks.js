// Block Kit: what messages and modals are made of, the inputs of a modal, and the question before a dangerous button.
import { h } from './dom.js';
import { emojis, link, mrkdwn } from './text.js';

const text = (t, x) => t?.type === 'plain_text' ? (t.emoji === false ? t.text : emojis(t.text)) : mrkdwn(t?.text, x);

/** block renders one block. x says who looks at it (x.who, x.tz) and does what its buttons do (x.press). */
export function block(b, x, i) {
  const key = b.block_id ?? 'b' + i;
  switch (b.type) {
    case 'header': return h('h3', { key }, text(b.text, x));
    case 'divider': return h('hr', { key });
    case 'section': return h('div', { class: 'section', key },
      h('div', { class: 'grow' }, b.text && h('div', { class: 'mrkdwn' }, text(b.text, x)),
        b.fields && h('div', { class: 'fields' }, b.fields.map(f => h('div', { class: 'mrkdwn' }, text(f, x))))),
      b.accessory && element(b.accessory, x));
    case 'context': return h('div', { class: 'context mrkdwn', key }, b.elements.map(e => e.type === 'image' ? h('i', {}, e.alt_text) : h('span', {}, text(e, x))));
    case 'actions': return h('div', { class: 'row actions', key }, b.elements.map(e => element(e, x)));
    case 'image': return h('div', { class: 'chip', key }, '🖼 ' + b.alt_text);
    case 'input': return field(b, x, key);
    default: return h('div', { class: 'mute small', key }, `[${b.type} block]`);
  }
}

function element(e, x) {
  if (e.type !== 'button') return h('span', { class: 'mute small' }, `[${e.type}]`);
  if (e.url) return link(e.url, e.text.text, { class: 'button' });
  const press = () => x.press(e);
  return h('button', { type: 'button', class: e.style ?? '', key: e.action_id, 'data-action': e.action_id, onclick: () => e.confirm ? x.ask(e.confirm, press) : press() }, text(e.text, x));
}

// ---- the inputs of a modal: what a person chose is read back in the form in which Slack sends it

const optionText = o => o.text.text;
const chosen = (list, o) => list?.some(i => i.value === o.value) ?? false;

function choices(b, e, kind) {
  const initial = e.initial_options ?? [e.initial_option].filter(Boolean);
  return h('fieldset', { 'data-block': b.block_id, 'data-id': e.action_id, 'data-type': e.type, key: 'input' }, e.options.map(o => h('label', { key: o.value },
    h('input', { type: kind, name: b.block_id + ' ' + e.action_id, value: o.value, 'data-text': optionText(o), checked: chosen(initial, o) }), ' ', optionText(o))));
}

function select(b, e, x, many) {
  const options = e.type.includes('users') ? x.users.map(u => ({ value: u.id, text: { text: u.realName || u.name } })) : e.options ?? e.option_groups?.flatMap(g => g.options) ?? [];
  const initial = e.initial_options ?? [e.initial_option ?? (e.initial_user && { value: e.initial_user })].filter(Boolean);
  return h('select', { multiple: many, 'data-block': b.block_id, 'data-id': e.action_id, 'data-type': e.type, key: 'input' },
    !many && h('option', { value: '', key: '' }, e.placeholder?.text ?? 'Choose …'), options.map(o => h('option', { value: o.value, key: o.value, selected: chosen(initial, o) }, optionText(o))));
}

function line(b, e) {
  const type = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local', number_input: 'number', email_text_input: 'email', url_text_input: 'url' }[e.type];
  const props = { 'data-block': b.block_id, 'data-id': e.action_id, 'data-type': e.type, key: 'input', placeholder: e.placeholder?.text, maxlength: e.max_length, autocomplete: 'off',
    value: e.initial_value ?? e.initial_date ?? e.initial_time ?? '' };
  return e.multiline ? h('textarea', { ...props, rows: 3 }) : h('input', { ...props, type });
}

function field(b, x, key) {
  const e = b.element, wrong = x.errors?.[b.block_id];
  const input = { radio_buttons: () => choices(b, e, 'radio'), checkboxes: () => choices(b, e, 'checkbox'), static_select: () => select(b, e, x, false),
    users_select: () => select(b, e, x, false), multi_static_select: () => select(b, e, x, true), multi_users_select: () => select(b, e, x, true) }[e.type]?.() ?? line(b, e);
  return h(input.tagName === 'FIELDSET' ? 'div' : 'label', { class: 'field' + (wrong ? ' wrong' : ''), key, 'data-field': b.block_id },
    h('b', { class: 'small' }, b.label?.text, b.optional && h('i', { class: 'mute' }, ' (optional)')), input,
    b.hint && h('small', { class: 'mute' }, b.hint.text), wrong && h('small', { class: 'bad-text', role: 'alert' }, wrong));
}

function valueOf(i) {
  const type = i.dataset.type, option = o => ({ value: o.value, text: { type: 'plain_text', text: o.dataset.text ?? o.text } });
  const ticked = i.tagName === 'FIELDSET' ? [...i.querySelectorAll('input:checked')] : [...i.selectedOptions ?? []].filter(o => o.value);
  switch (type) {
    case 'static_select': case 'radio_buttons': return { type, selected_option: ticked.length ? option(ticked[0]) : null };
    case 'checkboxes': case 'multi_static_select': return { type, selected_options: ticked.map(option) };
    case 'users_select': return { type, selected_user: i.value || null };
    case 'multi_users_select': return { type, selected_users: ticked.map(o => o.value) };
    case 'datepicker': return { type, selected_date: i.value || null };
    case 'timepicker': return { type, selected_time: i.value || null };
    case 'datetimepicker': return { type, selected_date_time: i.value ? Date.parse(i.value + 'Z') / 1000 : null };
    default: return { type, value: i.value || null };
  }
}

/** modal renders a view as a form over the page. submit(values) sends it; close puts it away. */
export function modal(v, x, submit, close) {
  const body = v.body;
  return h('div', { class: 'overlay', key: v.id + v.hash }, h('form', { class: 'modal', role: 'dialog', 'aria-label': body.title?.text, novalidate: true, onsubmit: e => {
    e.preventDefault();
    const values = {};
    for (const i of e.target.querySelectorAll('[data-block]')) (values[i.dataset.block] ??= {})[i.dataset.id] = valueOf(i);
    submit(values);
  } },
  h('h3', {}, body.title?.text ?? 'Form'), x.failed && h('p', { class: 'bad-text', role: 'alert' }, x.failed), body.blocks.map((b, i) => block(b, x, i)),
  h('div', { class: 'row' }, body.submit && h('button', { class: 'primary' }, body.submit.text),
    h('button', { type: 'button', 'data-close': true, onclick: close }, body.close?.text ?? 'Close'))));
}

/** question renders the confirm object of a button over the page. */
export function question(c, x, yes, no) {
  return h('div', { class: 'overlay', key: 'question' }, h('form', { class: 'modal', role: 'alertdialog', 'aria-label': c.title.text, onsubmit: e => { e.preventDefault(); yes(); } },
    h('h3', {}, c.title.text), h('p', {}, text(c.text, x)),
    h('div', { class: 'row' }, h('button', { class: 'danger' }, c.confirm.text), h('button', { type: 'button', 'data-close': true, onclick: no }, c.deny.text))));
}
