// The Slack panel: the workspace as one person sees it: the channels they are in, threads, buttons, modals, and the
// message box.
import { block, modal, question } from './blocks.js';
import { h } from './dom.js';
import { mrkdwn } from './text.js';

/** slackPanel renders the workspace s for ui.as. act(path, body) does something and reports what went wrong. */
export function slackPanel(s, ui, person, act, refresh, actAs) {
  const me = s.users.find(u => u.name === ui.as);
  const rooms = s.channels.filter(c => !c.private && !c.im || c.members.includes(me?.id));
  const room = rooms.find(c => c.id === ui.channel) ?? rooms.find(c => c.private && !c.im) ?? rooms[0];
  if (!room) return [cast(s, ui, actAs), h('p', { class: 'empty' }, `${ui.as} is in no channel.`)];
  const names = new Map(s.users.map(u => [u.id, u.realName || u.name]));
  const x = { room, me, users: s.users.filter(u => !u.bot && !u.deleted), who: id => names.get(id), tz: me?.tz,
    send: (path, body) => act('slack/' + path, { user: ui.as, channel: room.id, ...body }), openThread: ts => { ui.thread = ts; refresh(); },
    ask: (confirm, yes) => { ui.question = { confirm, yes }; refresh(); } };
  const items = timeline(s, x);
  const root = room.messages.find(m => m.ts === ui.thread) ?? room.messages.findLast(m => m.thread);
  return [
    cast(s, ui, actAs),
    h('div', { class: 'row bar' },
      h('div', { class: 'row grow rooms', role: 'group', 'aria-label': 'Channels' }, tabs(s, rooms, room, me, ui, refresh)),
      h('span', { class: 'small mute' }, `${room.members.length} members`),
      h('span', { class: 'pill ' + (s.connections ? 'ok' : 'mute') }, s.connections ? 'app connected' : 'no app is connected')),
    h('div', { class: 'slack' },
      h('div', { class: 'pane' },
        h('div', { class: 'feed', 'data-stick': true, key: 'feed' + room.id + me?.id },
          items.length ? items : h('p', { class: 'empty' }, 'Nothing has been said here yet.')),
        box(x, 'say', '', `Message ${title(room)} as ${ui.as}, or /command`),
        tries(person)),
      root && h('div', { class: 'pane thread', key: 'thread' + root.ts },
        h('div', { class: 'mute small head' }, `Thread · ${root.thread?.length ?? 0} ${root.thread?.length === 1 ? 'reply' : 'replies'}`),
        h('div', { class: 'feed', 'data-stick': true },
          root.thread?.map(m => message(m, x)) ?? h('p', { class: 'empty' }, 'No replies yet.')),
        box(x, 'reply', root.ts, 'Reply in the thread'))),
    over(s, x, ui, refresh),
  ];
}

const title = room => room.im ? 'Tenure, directly' : '# ' + room.name;

/** cast offers the people who are worth playing. */
function cast(s, ui, actAs) {
  return s.cast.length > 0 && h('div', { class: 'row cast', role: 'group', 'aria-label': 'Who acts' }, h('span', { class: 'small mute' }, 'You are'),
    s.cast.map(p => h('button', { type: 'button', key: p.user, 'aria-pressed': String(p.name === ui.as), onclick: () => actAs(p.name) },
      s.users.find(u => u.id === p.user)?.realName ?? p.name, h('span', { class: 'small mute' }, ' · ' + p.role))));
}

/** tabs are the channels the person sees, with what is new in those that are not looked at. */
function tabs(s, rooms, room, me, ui, refresh) {
  const seen = ui.read[me?.id] ??= Object.fromEntries(rooms.map(r => [r.id, s.channels.length ? newest(s, r, me) : '']));
  seen[room.id] = newest(s, room, me);
  return rooms.map(r => {
    const fresh = stamps(s, r, me).filter(ts => ts > (seen[r.id] ?? '')).length;
    return h('button', { type: 'button', key: r.id, class: 'room', 'aria-current': String(r === room), onclick: () => { ui.channel = r.id; refresh(); } },
      (r.private && !r.im ? '🔒 ' : '') + title(r), fresh > 0 && [' ', h('span', { class: 'pill bad', 'aria-label': `${fresh} new` }, String(fresh))]);
  });
}

const stamps = (s, r, me) => [...r.messages.flatMap(m => [m.ts, ...(m.thread ?? []).map(t => t.ts)]), ...s.ephemerals.filter(e => e.channel === r.id && e.user === me?.id).map(e => e.ts)];
const newest = (s, r, me) => stamps(s, r, me).reduce((a, b) => a > b ? a : b, '');

/** tries are commands to begin with: a click puts one into the message box. */
function tries(person) {
  const put = text => {
    const input = document.querySelector('#slack-say input');
    input.value = text;
    input.focus();
  };
  return h('div', { class: 'row tries' }, ['/offboard', `/offboard ${person}`, `/offboard ${person} emergency `, `/offboard status ${person}`, `/return-laptop ${person}`, `/tenure explain ${person}`]
    .map((t, i) => h('button', { type: 'button', key: String(i), class: 'linkish', onclick: () => put(t) }, t.trim())));
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

/** over is what lies over the page: the question before a dangerous button, or an open modal. */
function over(s, x, ui, refresh) {
  const put = () => { ui.question = null; refresh(); };
  if (ui.question) {
    const { confirm, yes } = ui.question;
    return question(confirm, x, () => { put(); yes(); }, put);
  }
  const v = s.views.findLast(v => v.kind === 'modal' && v.user === x.me?.id && !ui.closed.has(v.id));
  if (!v) return null;
  const at = ui.submitted?.view === v.id ? ui.submitted : {};
  return modal(v, { ...x, errors: at.errors, failed: at.failed && `The form was not taken: ${at.failed}` }, async state => {
    const out = await x.send('submit', { view: v.id, state });
    ui.submitted = { view: v.id, errors: out?.errors, failed: out?.failed };
    refresh();
  }, () => { ui.closed.add(v.id); refresh(); });
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
  const press = e => x.send('press', { ts: m.ts, action: e.action_id, value: e.value ?? '' });
  const body = m.plain ? h('div', { class: 'bad-text' }, m.plain)
    : m.blocks?.length ? m.blocks.map((b, i) => block(b, { ...x, press }, i)) : h('div', { class: 'mrkdwn' }, mrkdwn(m.text, x));
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
