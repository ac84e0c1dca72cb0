// The Slack panel: a channel as Slack shows it to one person, its threads, buttons, modals, and the message box.
import { h } from './dom.js';
import { link, mrkdwn } from './text.js';

/** slackPanel renders the workspace s for ui.as. act(path, body) does something and reports what went wrong. */
export function slackPanel(s, ui, act, refresh) {
  const room = s.channels.find(c => c.id === ui.channel) ?? s.channels.find(c => c.private && !c.im) ?? s.channels[0];
  if (!room) return h('p', { class: 'empty' }, 'The workspace has no channel.');
  const me = s.users.find(u => u.name === ui.as);
  const names = new Map(s.users.map(u => [u.id, u.realName || u.name]));
  const x = { room, me, who: id => names.get(id), tz: me?.tz,
    send: (path, body) => act('slack/' + path, { user: ui.as, channel: room.id, ...body }), openThread: ts => { ui.thread = ts; refresh(); } };
  const items = timeline(s, x);
  const root = room.messages.find(m => m.ts === ui.thread) ?? room.messages.findLast(m => m.thread);
  const view = s.views.findLast(v => v.kind === 'modal' && v.user === me?.id && !ui.closed.has(v.id));
  return [
    h('div', { class: 'row bar' },
      h('select', { 'aria-label': 'Channel', onchange: e => { ui.channel = e.target.value; refresh(); } },
        s.channels.map(c => h('option', { key: c.id, value: c.id, selected: c === room }, c.name ? '# ' + c.name + (c.private ? ' (private)' : '') : 'direct message ' + c.id))),
      h('span', { class: 'grow mute' }, `${room.members.length} members`),
      h('span', { class: 'pill ' + (s.connections ? 'ok' : 'mute') }, s.connections ? 'app connected' : 'no app is connected')),
    view && modal(view, x, ui, refresh),
    h('div', { class: 'slack' },
      h('div', { class: 'pane' },
        h('div', { class: 'feed', 'data-stick': true, key: 'feed' + room.id },
          items.length ? items : h('p', { class: 'empty' }, 'Nothing has been said here yet.')),
        box(x, 'say', '', `Message #${room.name ?? ''} as ${ui.as}, or /command`)),
      root && h('div', { class: 'pane thread', key: 'thread' + root.ts },
        h('div', { class: 'mute small head' }, `Thread · ${root.thread?.length ?? 0} ${root.thread?.length === 1 ? 'reply' : 'replies'}`),
        h('div', { class: 'feed', 'data-stick': true },
          root.thread?.map(m => message(m, x)) ?? h('p', { class: 'empty' }, 'No replies yet.')),
        box(x, 'reply', root.ts, 'Reply in the thread'))),
  ];
}

function box(x, id, thread, label) {
  return h('form', { class: 'row', id: 'slack-' + id, onsubmit: async e => {
    e.preventDefault();
    const input = e.target.elements.text, text = input.value;
    if (!text.trim()) return;
    input.value = '';
    if (!await x.send('type', { text, thread }) && !text.startsWith('/')) input.value = text;
  } },
  h('input', { name: 'text', class: 'grow', placeholder: label, 'aria-label': label, autocomplete: 'off' }), h('button', {}, 'Send'));
}

/** timeline is what the person sees in the channel: messages, and what only they are told. */
function timeline(s, x) {
  const items = x.room.messages.map(m => [Number(m.ts), message(m, x)]);
  for (const m of x.room.messages.flatMap(m => m.thread ?? [])) if (m.broadcast) items.push([Number(m.ts), message(m, x)]);
  for (const e of s.ephemerals) {
    if (e.channel === x.room.id && e.user === x.me?.id) items.push([Number(e.ts), message({ ...e, botId: 'app', postedAt: e.at }, x, 'Only visible to you')]);
  }
  for (const i of s.interactions) {
    if (!i.error || i.user !== x.me?.id || i.channel && i.channel !== x.room.id) continue;
    const what = i.command ? `${i.command} ${i.text ?? ''}` : i.actionId ? `The button ${i.actionId}` : 'The form';
    items.push([Date.parse(i.at) / 1000, message({ ts: i.id, text: '', botId: 'slackbot', postedAt: i.at, plain: `${what.trim()} failed: ${i.error}` }, x, 'Only visible to you')]);
  }
  return items.sort((a, b) => a[0] - b[0]).map(([, e]) => e);
}

function message(m, x, only) {
  const name = m.botId === 'slackbot' ? 'Slackbot' : x.who(m.user) ?? 'Tenure';
  const app = m.botId ? h('span', { class: 'tag' }, 'APP') : null;
  const body = m.plain ? h('div', { class: 'bad-text' }, m.plain)
    : m.blocks?.length ? m.blocks.map((b, i) => block(b, { ...x, ts: m.ts }, i)) : h('div', { class: 'mrkdwn' }, mrkdwn(m.text, x));
  return h('article', { class: 'msg' + (only ? ' only' : ''), key: m.ts, 'data-ts': m.ts },
    h('span', { class: 'avatar', 'aria-hidden': 'true' }, only && !m.user ? '•' : name[0]),
    h('div', { class: 'grow' },
      h('div', {}, h('b', {}, only ? (m.plain ? 'Slackbot' : 'Tenure') : name), ' ', app, ' ',
        h('time', { class: 'mute small', title: m.postedAt }, clock(m.postedAt, x.tz)), only && h('span', { class: 'mute small' }, ' · ' + only)),
      body,
      m.files?.map(f => h('div', { class: 'chip' }, '📎 ' + f)),
      m.edits > 0 && h('span', { class: 'mute small', title: `${m.edits} edits` }, '(edited)'),
      m.thread?.length > 0 && h('button', { class: 'linkish', onclick: () => x.openThread(m.ts) },
        `${m.thread.length} ${m.thread.length === 1 ? 'reply' : 'replies'} · last ${clock(m.thread.at(-1).postedAt, x.tz)}`)));
}

const clock = (at, tz) => new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: tz || 'UTC' }).format(new Date(at));

function text(t, x) {
  return t?.type === 'plain_text' ? [t.text.replace(/:([a-z_]+):/g, ':$1:')] : mrkdwn(t?.text, x);
}

function block(b, x, i) {
  const key = b.block_id ?? 'b' + i;
  switch (b.type) {
    case 'header': return h('h3', { key }, text(b.text, x));
    case 'divider': return h('hr', { key });
    case 'section': return h('div', { class: 'section', key },
      h('div', { class: 'grow' }, b.text && h('div', { class: 'mrkdwn' }, text(b.text, x)),
        b.fields && h('div', { class: 'fields' }, b.fields.map(f => h('div', { class: 'mrkdwn' }, text(f, x))))),
      b.accessory && element(b.accessory, x));
    case 'context': return h('div', { class: 'context mrkdwn', key }, b.elements.map(e => e.type === 'image' ? h('i', {}, e.alt_text) : h('span', {}, text(e, x))));
    case 'actions': return h('div', { class: 'row', key }, b.elements.map(e => element(e, x)));
    case 'image': return h('div', { class: 'chip', key }, '🖼 ' + b.alt_text);
    case 'input': return field(b, x, key);
    default: return h('div', { class: 'mute small', key }, `[${b.type} block]`);
  }
}

function element(e, x) {
  if (e.type !== 'button') return h('span', { class: 'mute small' }, `[${e.type}]`);
  if (e.url) return link(e.url, e.text.text, { class: 'button' });
  return h('button', { class: e.style ?? '', 'data-action': e.action_id, onclick: () => {
    const c = e.confirm;
    if (!c || confirm(`${c.title.text}\n\n${c.text.text}`)) x.send('press', { ts: x.ts, action: e.action_id, value: e.value ?? '' });
  } }, text(e.text, x));
}

function field(b, x, key) {
  const e = b.element, name = b.block_id + ' ' + e.action_id;
  const options = (e.options ?? e.option_groups?.flatMap(g => g.options) ?? []).map(o => h('option', { value: o.value }, o.text.text));
  const first = e.initial_option?.value ?? e.initial_value ?? e.initial_date ?? '';
  const props = { name, 'data-block': b.block_id, 'data-id': e.action_id, 'data-type': e.type, key: 'input' };
  const input = {
    static_select: () => h('select', props, options), radio_buttons: () => h('select', props, options),
    checkboxes: () => h('select', { ...props, multiple: true }, options), multi_static_select: () => h('select', { ...props, multiple: true }, options),
    users_select: () => h('input', { ...props, placeholder: 'user id' }), datepicker: () => h('input', { ...props, type: 'date', value: first }),
  }[e.type]?.() ?? (e.multiline ? h('textarea', { ...props, rows: 3, value: first }) : h('input', { ...props, value: first }));
  return h('label', { class: 'field', key }, h('span', {}, b.label?.text, b.optional && h('i', { class: 'mute' }, ' (optional)')), input,
    b.hint && h('small', { class: 'mute' }, b.hint.text), x.errors?.[b.block_id] && h('small', { class: 'bad-text' }, x.errors[b.block_id]));
}

function modal(v, x, ui, refresh) {
  const body = v.body, inner = { ...x, errors: ui.modalErrors };
  return h('form', { class: 'modal', key: v.id + v.hash, onsubmit: async e => {
    e.preventDefault();
    const state = {};
    for (const i of e.target.querySelectorAll('[data-block]')) (state[i.dataset.block] ??= {})[i.dataset.id] = valueOf(i);
    ui.modalErrors = (await x.send('submit', { view: v.id, state }))?.errors;
    refresh();
  } },
  h('h3', {}, body.title?.text ?? 'Form'), body.blocks.map((b, i) => block(b, inner, i)),
  h('div', { class: 'row' }, body.submit && h('button', { class: 'primary' }, body.submit.text),
    h('button', { type: 'button', onclick: () => { ui.closed.add(v.id); refresh(); } }, body.close?.text ?? 'Close')));
}

function valueOf(i) {
  const type = i.dataset.type, option = o => ({ value: o.value, text: { type: 'plain_text', text: o.text } });
  switch (type) {
    case 'static_select': case 'radio_buttons': return { type, selected_option: i.selectedOptions[0] ? option(i.selectedOptions[0]) : null };
    case 'checkboxes': case 'multi_static_select': return { type, selected_options: [...i.selectedOptions].map(option) };
    case 'datepicker': return { type, selected_date: i.value || null };
    case 'users_select': return { type, selected_user: i.value || null };
    default: return { type, value: i.value || null };
  }
}
