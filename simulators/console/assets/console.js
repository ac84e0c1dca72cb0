// The page: it asks for the vendors' state each second and shows it; see dom.js for how focus and scroll survive.
import { h, morph } from './dom.js';
import { wiki } from './text.js';
import { slackPanel } from './slack.js';

const ui = { person: new URLSearchParams(location.search).get('person') ?? '', all: false, search: '', hr: '', as: '', channel: '', thread: '', issue: '',
  pins: {}, closed: new Set(), read: {}, question: null, submitted: null, many: null, focused: '', vendor: '', q: '', mutations: true };
let state = null, calls = { total: 0, calls: [] }, tag = '', now = Date.now(), asked = '', lost = '';

// ---- talking to the server

async function poll() {
  try {
    const query = new URLSearchParams({ person: ui.person, all: ui.all ? '1' : '' });
    const r = await fetch('/api/state?' + query, { headers: tag ? { 'If-None-Match': tag } : {}, cache: 'no-store' });
    if (r.status === 200) [state, tag] = [await r.json(), r.headers.get('ETag')];
    else if (r.status !== 304) throw new Error((await r.json()).error ?? r.status);
    now = Date.parse(r.headers.get('X-Now'));
    await pollCalls();
    lost = '';
  } catch (e) {
    lost = `The vendors do not answer (${e.message}). Trying again each second.`;
  }
  if (state) render();
}

async function pollCalls() {
  const query = String(new URLSearchParams({ vendor: ui.vendor, q: ui.q, mutations: ui.mutations ? '1' : '' }));
  const seen = query + state.vendors.map(v => v.calls);
  if (seen === asked) return;
  calls = await (await fetch('/api/calls?' + query, { cache: 'no-store' })).json();
  asked = seen;
}

/** act does something at a vendor and answers its result, or undefined after having said what went wrong. */
async function act(path, body) {
  say('');
  try {
    const r = await fetch('/api/' + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    const out = await r.json();
    if (!r.ok) throw new Error(out.error ?? `status ${r.status}`);
    return out;
  } catch (e) {
    say(e.message);
  } finally {
    await poll();
  }
}

function say(text) {
  document.getElementById('notice').replaceChildren(...text ? [h('span', {}, text), h('button', { onclick: () => say('') }, 'Close')] : []);
}

// ---- small pieces

const good = ['active', 'ACTIVE', 'ACKNOWLEDGED', 'completed', 'delivered', 'return_complete', 'online', 'Done'];
const bad = ['inactive', 'suspended', 'SUSPENDED', 'DEPROVISIONED', 'deleted', 'failed', 'ERROR', 'COMMAND_FORMAT_ERROR', 'locked', 'stranded', 'failure', 'return_to_sender', 'error'];
const pill = (text, kind) => h('span', { class: 'pill ' + (kind ?? (good.includes(text) ? 'ok' : bad.includes(text) ? 'bad' : 'mute')) }, text);
const zero = at => !at || at.startsWith('0001');
const when = at => zero(at) ? '' : at.slice(0, 19).replace('T', ' ');
const hour = at => zero(at) ? '' : at.slice(11, 19);
const chips = list => list?.length ? h('span', { class: 'chips' }, list.map(t => h('span', { class: 'chip' }, t))) : h('span', { class: 'mute' }, 'none');
const count = (n, one) => `${n} ${one}${n === 1 ? '' : 's'}`;
const words = s => s.replaceAll('_', ' ');
const kv = rows => h('dl', {}, rows.filter(r => r && r[1] !== undefined && r[1] !== '' && r[1] !== null).map(([k, v]) => [h('dt', { key: 't' + k }, k), h('dd', { key: 'd' + k }, v)]));
const button = (text, onclick, props) => h('button', { type: 'button', onclick, ...props }, text);
const empty = text => h('p', { class: 'empty' }, text);
const address = a => a ? [a.line1, a.line2, a.city, a.state, a.zip, a.country].filter(Boolean).join(', ') : '';
const card = (key, ...children) => h('div', { class: 'card', key }, children);

function panel(id, title, wide, ...children) {
  const v = state.vendors.filter(v => id.split('-').includes(v.name));
  return h('section', { class: 'panel' + (wide ? ' wide' : ''), id, key: id },
    h('h2', {}, title, h('span', { class: 'small mute' }, v.map(v => ' ' + count(v.calls, 'call')).join(' ·')),
      v.some(v => v.faults) && h('span', { class: 'pill warn' }, 'faults set')), children);
}

function show(id) {
  document.getElementById(id)?.scrollIntoView({ behavior: 'smooth' });
}

/** Links of the vendors lead to the vendors' panels: the stand-ins have no pages of their own. */
document.addEventListener('click', e => {
  const a = e.target.closest?.('a[href^="http"]'), v = a && state?.vendors.find(v => a.href.startsWith(v.url + '/'));
  if (!v) return;
  e.preventDefault();
  if (v.name === 'jira') ui.issue = a.href.split('/').pop();
  render();
  show(document.getElementById(v.name) ? v.name : [...document.querySelectorAll('.panel')].find(p => p.id.includes(v.name))?.id);
});

document.addEventListener('keydown', e => e.key === 'Escape' && document.querySelector('.overlay [data-close]')?.click());

// ---- the panels

function people() {
  const needle = ui.search.toLowerCase();
  const hits = state.people.filter(p => (!ui.hr || (p.hr || 'none') === ui.hr) && `${p.name} ${p.email} ${p.title}`.toLowerCase().includes(needle));
  const dot = (letter, text, kind) => h('span', { class: 'dot ' + kind, title: text, 'aria-label': text }, letter);
  const kind = (value, on) => !value ? 'none' : on.includes(value) ? 'ok' : 'bad';
  return h('aside', { id: 'people', key: 'people' },
    h('input', { type: 'search', placeholder: 'Find a person', 'aria-label': 'Find a person', oninput: e => { ui.search = e.target.value; render(); } }),
    h('select', { 'aria-label': 'HR status', onchange: e => { ui.hr = e.target.value; render(); } },
      [['', 'Everybody'], ['active', 'Active in HR'], ['pending', 'Pending in HR'], ['inactive', 'Inactive in HR'], ['none', 'No HR record']]
        .map(([value, text]) => h('option', { value, key: value }, text))),
    h('div', { class: 'small mute' }, `${hits.length} of ${state.people.length} · Namely, Okta, Google, Jamf: red is off or locked`),
    h('div', { class: 'list' }, hits.length ? hits.map(p => h('button', { key: p.email, class: 'person', 'aria-current': String(p.email === state.person),
      onclick: () => { ui.person = p.email; history.replaceState(null, '', '?person=' + encodeURIComponent(p.email)); poll(); } },
    h('b', {}, p.name), h('span', { class: 'mute small' }, p.title || p.email),
    h('span', { class: 'dots' }, dot('N', `HR: ${p.hr || 'no record'}${p.departure ? ', leaves ' + p.departure : ''}`, kind(p.hr, ['active', 'pending'])),
      dot('O', `Okta: ${p.okta || 'no account'}`, kind(p.okta, ['ACTIVE'])), dot('G', `Google: ${p.google || 'no account'}`, kind(p.google, ['active'])),
      dot('J', `Jamf: ${p.devices} devices, ${p.locked} locked`, p.locked ? 'bad' : p.devices ? 'ok' : 'none')))) : empty('Nobody fits.')));
}

function namely() {
  const p = state.namely, person = state.person;
  if (!p) return panel('namely', 'Namely', false, empty(`${person} has no HR record.`), hire(), crowd());
  const set = status => act('namely/status', { person, status }), leave = p.custom?.leave_status;
  return panel('namely', 'Namely', false,
    kv([['Status', pill(p.status)], ['Job', [p.jobTitle, p.department].filter(Boolean).join(', ')], ['Reports to', state.manager], ['Type', p.employeeType],
      ['Number', p.employeeId || 'none'], ['Office', p.office], ['Home', address(p.home)], ['Private', p.personal], ['Started', p.start],
      ['Departure', p.departure || 'not set'], ['Leave', leave && pill(leave, 'warn')], ['Changed', when(p.updatedAt)]]),
    h('div', { class: 'row' },
      p.status === 'inactive' ? button('Hire again', () => act('namely/again', { person })) : leave ? button('Back from leave', () => act('namely/leave', { person, kind: '' }))
        : button('On leave', () => act('namely/leave', { person, kind: 'Parental leave' })),
      p.status === 'inactive' ? button('Turn active', () => set('active')) : button('Turn inactive', () => set('inactive'), { class: 'danger' }),
      h('form', { class: 'row', key: person + p.departure, onsubmit: e => { e.preventDefault(); act('namely/departure', { person, date: e.target.elements.date.value }); } },
        h('input', { type: 'date', name: 'date', 'aria-label': 'Departure date', value: p.departure ?? '' }), h('button', {}, 'Set departure'))), record(p), hire(), crowd());
}

const text = (name, label, value = '') => h('input', { name, placeholder: label, 'aria-label': label, value, autocomplete: 'off' });
const fields = (e, ...names) => (e.preventDefault(), Object.fromEntries(names.map(n => [n, e.target.elements[n].value])));

/** record is HR giving somebody another job or another name. */
function record(p) {
  const person = state.person, boss = state.people.find(x => x.name === state.manager)?.email ?? '';
  return h('details', { id: 'record', key: 'record' + p.id }, h('summary', {}, 'Another job, another name'),
    h('form', { class: 'row', key: 'job' + p.updatedAt, onsubmit: e => act('namely/job', { person, ...fields(e, 'department', 'title', 'manager') }) },
      text('department', 'Department', p.department ?? ''), text('title', 'Title', p.jobTitle ?? ''), text('manager', 'Manager’s address', boss), h('button', {}, 'Move')),
    h('form', { class: 'row', key: 'name' + p.updatedAt, onsubmit: e => act('namely/name', { person, ...fields(e, 'first', 'last') }) },
      text('first', 'First name', p.firstName), text('last', 'Last name', p.lastName), h('button', {}, 'Rename')));
}

/** hire is HR making a record of somebody new. */
function hire() {
  const make = async e => {
    const out = await act('namely/hire', fields(e, 'first', 'last', 'department', 'title', 'manager', 'type', 'start'));
    if (!out) return;
    ui.person = out.person;
    history.replaceState(null, '', '?person=' + encodeURIComponent(out.person));
    poll();
  };
  return h('details', { id: 'hire', key: 'hire' }, h('summary', {}, 'Hire somebody'),
    h('form', { class: 'row', onsubmit: make }, text('first', 'First name'), text('last', 'Last name'),
      h('select', { name: 'department', 'aria-label': 'Department' }, state.departments.map(d => h('option', { value: d, key: d }, d))), text('title', 'Title'), text('manager', 'Manager’s address'),
      h('select', { name: 'type', 'aria-label': 'Type' }, ['Full Time', 'Part Time', 'Intern', 'Contractor', 'Freelance'].map(v => h('option', { value: v, key: v }, v))),
      h('input', { type: 'date', name: 'start', 'aria-label': 'First day', value: new Date(now).toISOString().slice(0, 10) }), h('button', {}, 'Hire')));
}

/** crowd turns many people inactive at once, as a mistaken import does. */
function crowd() {
  const turn = async e => {
    e.preventDefault();
    const f = e.target.elements, out = await act('namely/many', { count: Number(f.count.value), department: f.department.value });
    if (out) ui.many = out.people;
    render();
  };
  const back = async () => { if (await act('namely/each', { people: ui.many, status: 'active' })) ui.many = null; render(); };
  return h('details', { id: 'crowd' }, h('summary', {}, 'Many people at once'),
    h('form', { class: 'row', onsubmit: turn }, 'Turn', h('input', { type: 'number', name: 'count', min: 1, value: 30, 'aria-label': 'How many' }), 'of',
      h('select', { name: 'department', 'aria-label': 'Department' }, h('option', { value: '', key: '' }, 'everybody'), state.departments.map(d => h('option', { value: d, key: d }, d))),
      h('button', { class: 'danger' }, 'inactive')),
    ui.many && h('p', { class: 'small' }, `${ui.many.length} turned inactive: ${ui.many.join(', ')} `, button('Turn them active again', back)));
}

function okta() {
  const o = state.okta;
  if (!o) return panel('okta', 'Okta', false, empty(`${state.person} has no account.`));
  const a = o.profile ?? {};
  return panel('okta', 'Okta', false,
    kv([['Status', [pill(o.Status), o.Transitioning && pill('to ' + o.Transitioning, 'warn')]], ['Profile', [a.title, a.department, a.userType].filter(Boolean).join(', ')], ['Manager', a.managerId],
      ['Number', a.employeeNumber], ['Mails', o.activationMails ? count(o.activationMails, 'activation mail') : ''], ['Sessions', o.Sessions ? chips(o.sessionTimes) : 'none'],
      ['Factors', chips(o.factorKinds)], ['OAuth tokens', String(o.Tokens)], ['Admin roles', o.Roles?.length ? chips(o.Roles) : ''], ['Groups', chips(o.Groups)],
      ['Apps', chips(o.Apps)], ['Devices', chips(o.Devices)]]),
    o.Status === 'PROVISIONED' && o.activationMails > 0 && button('Follow the activation mail', () => act('okta/accept', { person: state.person })),
    button('Try to sign in', async () => await act('okta/signin', { person: state.person }) && say(`${o.Name} got in.`)),
    h('details', {}, h('summary', {}, 'System Log'), h('ul', { class: 'log' }, o.events?.map(e => h('li', { key: e.uuid },
      h('time', { class: 'mute' }, when(e.published)), ' ', e.eventType, ' ', h('span', { class: 'mute' }, 'by ' + e.actor.displayName))) ?? h('li', {}, 'empty'))));
}

function google() {
  const g = state.google;
  if (!g) return panel('google', 'Google Workspace', false, empty(`${state.person} has no account.`));
  const m = g.mail, reply = m.vacation;
  return panel('google', 'Google Workspace', false,
    kv([['State', [pill(g.state), g.suspensionReason && ' ' + g.suspensionReason]], ['Unit', g.orgUnitPath], ['New mail', g.acceptsMail ? 'is delivered' : 'bounces'],
      ['Sessions', chips(g.sessions?.map(s => s.device))], ['Connected apps', chips(g.tokens?.map(t => t.displayText))],
      ['Passwords', [g.passwordChanges ? 'changed ' + count(g.passwordChanges, 'time') : 'not changed', g.asps?.length && count(g.asps.length, 'app password'), g.backupCodes && count(g.backupCodes, 'backup code')].filter(Boolean).join(', ')],
      ['Signed out', g.signOuts ? count(g.signOuts, 'time') : 'never'], ['Recovery', g.recoveryEmail || 'none'],
      ['Delegates', chips(m.delegates?.map(d => d.email + (d.status === 'accepted' ? '' : ` (${d.status})`)))],
      ['Forwarding', m.forwarding.enabled ? h('span', { class: 'bad-text' }, 'to ' + m.forwarding.email) : 'off'],
      ['Auto-reply', reply.enableAutoReply ? h('details', {}, h('summary', {}, reply.responseSubject || 'on'), h('p', {}, reply.responseBodyPlainText || '(HTML only)'), reply.responseBodyHtml && !reply.responseBodyPlainText && h('pre', {}, reply.responseBodyHtml)) : 'off'],
      ['Aliases', g.aliases?.length ? chips(g.aliases) : ''], ['Directory', g.hidden ? 'hidden' : 'listed'], ['Groups', chips(g.groups)],
      ['Drive', chips(g.files?.map(f => f.name + (f.from ? ' (moved here)' : '')))]]),
    g.transfers?.map(t => card(t.id, h('div', {}, 'Transfer ', pill(t.status)), h('div', { class: 'small' }, `${t.fromEmail} → ${t.toEmail}, asked ${when(t.requested)}`))));
}

function jamf() {
  return panel('jamf', 'Jamf Pro', false, state.jamf.length ? state.jamf.map(d => {
    const pins = ui.pins[d.id];
    return card(d.id,
      h('div', { class: 'row' }, h('b', { class: 'grow' }, d.name || d.model), pill(d.offline ? 'offline' : 'online'), d.locked && pill('locked'), d.erased && pill('erased', 'bad')),
      h('div', { class: 'small mute' }, [d.model, d.serial, d.osVersion, d.assetTag, d.kind === 'COMPUTER' ? (d.intel ? 'Intel' : 'Apple silicon') : 'mobile', d.unmanaged && 'unmanaged', d.email || 'assigned to nobody'].filter(Boolean).join(' · ')),
      d.stranded && h('p', { class: 'bad-text' }, '⚠ Stranded at the PIN prompt: two locks with different PINs met on this Mac.'),
      h('div', { class: 'row' }, button(d.offline ? 'Switch on' : 'Switch off', () => act('jamf/online', { id: d.id, online: !!d.offline })),
        (d.lockPin || d.storedPin) && (pins ? h('span', {}, h('code', {}, pins.lock || 'none'), pins.stored !== pins.lock && [' Jamf shows ', h('code', {}, pins.stored || 'none')], ' ', button('Hide', () => { delete ui.pins[d.id]; render(); }))
          : button('Show PIN ••••••', async () => { ui.pins[d.id] = await act('jamf/pins', { id: d.id }); render(); })),
        d.locked && h('form', { class: 'row', onsubmit: async e => { e.preventDefault(); const pin = e.target.elements.pin; await act('jamf/unlock', { id: d.id, pin: pin.value }); pin.value = ''; } },
          h('input', { name: 'pin', size: 7, inputmode: 'numeric', placeholder: 'PIN', 'aria-label': 'PIN', autocomplete: 'off' }), h('button', {}, 'Unlock'))),
      d.commands?.length > 0 && h('ul', { class: 'log' }, d.commands.toReversed().map(c => h('li', { key: c.uuid }, pill(c.state, c.state === 'PENDING' ? 'warn' : undefined), ' ', c.type, c.pin && ' with PIN',
        h('span', { class: 'mute' }, ` sent ${when(c.sent)}${zero(c.completed) ? '' : ', done ' + hour(c.completed)}`), c.errorText && h('div', { class: 'bad-text' }, c.errorText)))));
  }) : empty(ui.all ? 'No machine has been sent a command.' : 'No machine is enrolled for this person.'));
}

const legs = ['pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'available_for_pickup', 'return_to_sender', 'failure'];
const stages = ['box_pending_shipment', 'box_in_transit', 'box_delivered', 'return_in_transit', 'return_complete'];

function shipping() {
  const orders = state.retriever.map(o => {
    const at = stages.indexOf(o.status), left = Math.ceil((Date.parse(o.created) + 18e5 - now) / 6e4);
    const open = o.status !== 'return_complete' && o.status !== 'deactivated';
    return card(o.id,
      h('div', { class: 'row' }, h('b', { class: 'grow' }, `${o.device || 'laptop'} ${o.serial || ''}`), pill(words(o.status), o.status === 'return_complete' ? 'ok' : o.status === 'deactivated' ? 'bad' : 'warn')),
      at >= 0 && h('div', { class: 'track', role: 'img', 'aria-label': `stage ${at + 1} of 5` }, stages.map((s, i) => h('i', { class: i <= at ? 'on' : '', title: words(s) }))),
      kv([['To', [o.person.name, o.person.address_line_1, o.person.address_city, o.person.address_state, o.person.address_zip].filter(Boolean).join(', ')],
        ['Our note', [o.ticket, o.note1, o.note2].filter(Boolean).join(' · ')], ['Box', o.outbound && `${o.carrier} ${o.outbound}`], ['Return', o.return && `${o.carrier} ${o.return}`],
        ['Ordered', `${when(o.created)}${o.byApi ? ' by API' : ' in the portal'}`], ['Why', o.why]]),
      open && h('div', { class: 'row' }, button('Advance', () => act('retriever/advance', { id: o.id })),
        left > 0 ? button(`Cancel (${left} min left)`, () => act('retriever/cancel', { id: o.id }), { class: 'danger' }) : h('span', { class: 'small mute' }, 'can no longer be cancelled')));
  });
  const parcels = state.parcels.map(p => card(p.code,
    h('div', { class: 'row' }, h('b', { class: 'grow' }, `${p.carrier} ${p.code}`), pill(words(p.status), good.includes(p.status) || bad.includes(p.status) ? undefined : 'warn')),
    h('div', { class: 'small mute' }, `${p.return ? 'way back' : 'box to the person'} · ${p.watched ? 'tracked' : 'nobody tracks it'}`),
    h('form', { class: 'row', key: p.status, onsubmit: e => { e.preventDefault(); act('easypost/move', { id: p.code, status: e.target.elements.status.value }); } },
      h('select', { name: 'status', 'aria-label': 'State' }, legs.map((s, i) => h('option', { value: s, key: s, selected: i === Math.min(legs.indexOf(p.status) + 1, 3) }, words(s)))), h('button', {}, 'Move')),
    p.details?.length > 0 && h('details', {}, h('summary', {}, count(p.details.length, 'scan')), h('ul', { class: 'log' }, p.details.toReversed().map(d => h('li', {}, h('time', { class: 'mute' }, when(d.at)), ' ', d.message || words(d.status), d.city && ` · ${d.city} ${d.state}`))))));
  return panel('retriever-easypost', 'Retriever and EasyPost', false,
    h('div', { class: 'small mute' }, 'Prepaid: ' + (Object.entries(state.balances ?? {}).map(([k, n]) => `${n} ${words(k)}`).join(', ') || 'nothing')),
    orders.length ? orders : empty('No box has been ordered.'), parcels, hooks('easypost', 'EasyPost',
      h('select', { 'aria-label': 'How EasyPost sends', onchange: e => act('easypost/spoil', { how: e.target.value }) },
        [['', 'as it should'], ['twice', 'everything twice'], ['newest', 'newest first'], ['late', '10 s late'], ['lost', 'into the void'], ['forged', 'wrongly signed'], ['unsigned', 'unsigned']]
          .map(([value, text]) => h('option', { value, key: value }, text)))));
}

/** hooks says how a vendor's calls to others stand, and lets it make them now. */
function hooks(vendor, name, how) {
  const s = state.hooks[vendor];
  if (!s.registered && !s.waiting && !s.lost) return null;
  const send = async () => { const out = await act(vendor + '/deliver', {}); if (out) say(`${name} made ${count(out.taken, 'call')} that ${out.taken === 1 ? 'was' : 'were'} taken.`); };
  return h('div', { class: 'row hooks', key: 'hooks' }, h('span', { class: 'small grow' }, `Webhooks: ${s.waiting} waiting${s.lost ? `, ${s.lost} given up` : ''}`), how, button('Send now', send));
}

function jira() {
  const parents = state.jira?.filter(i => !i.parent) ?? [];
  const top = parents.find(i => i.key === ui.issue || i.subtasks?.includes(ui.issue)) ?? parents[0];
  const sent = hooks('jira', 'Jira');
  if (!top) return panel('jira', 'Jira', true, sent, empty(ui.all ? 'There is no ticket.' : 'There is no ticket for this person.'));
  const subs = state.jira.filter(i => i.parent === top.key);
  return panel('jira', 'Jira', true, sent,
    parents.length > 1 && h('select', { class: 'grow', 'aria-label': 'Ticket', onchange: e => { ui.issue = e.target.value; render(); } },
      parents.map(i => h('option', { value: i.key, key: i.key, selected: i === top }, `${i.key} ${i.summary}`))),
    ticket(top, h('div', { class: 'grow' }, subs.length > 0 && [h('h3', {}, 'Sub-tasks'), subs.map(s =>
      h('details', { class: 'card', key: s.key, open: s.key === ui.issue }, h('summary', {}, statusOf(s), ` ${s.key} `, h('b', {}, s.summary)), ticket(s)))])));
}

const statusOf = i => pill(i.status.name, { new: 'mute', indeterminate: 'warn', done: 'ok' }[i.status.category]);

function ticket(i, below) {
  const who = id => i.names[id];
  const user = { user: ui.as };
  return h('div', { class: 'ticket', key: i.key },
    !i.parent && h('h3', {}, h('span', { class: 'mute' }, i.key + ' '), i.summary),
    h('div', { class: 'row' }, statusOf(i), i.resolution && pill(i.resolution), i.to?.map(to => button('→ ' + to, () => act('jira/transition', { key: i.key, status: to, ...user }), { key: to })),
      h('span', { class: 'small mute' }, [i.priority, i.dueDate && 'due ' + i.dueDate, i.assignee && 'assigned to ' + (who(i.assignee) ?? i.assignee), 'by ' + (who(i.reporter) ?? i.reporter), 'updated ' + when(i.updated)].filter(Boolean).join(' · ')), i.labels?.length > 0 && chips(i.labels)),
    i.description ? h('div', { class: 'wiki' }, wiki(i.description, who)) : empty('No description.'),
    i.links?.length > 0 && h('p', { class: 'small' }, 'Links: ', i.links.map(l => [h('a', { href: l.body.object?.url?.startsWith('http') ? l.body.object.url : null, target: '_blank', rel: 'noopener noreferrer' }, l.body.object?.title ?? l.globalId), ' '])),
    i.attachments?.length > 0 && h('p', { class: 'small' }, 'Attached: ' + i.attachments.map(a => a.filename).join(', ')), below,
    h('h4', {}, count(i.comments?.length ?? 0, 'comment')),
    i.comments?.map(c => h('div', { class: 'comment', key: c.id }, h('div', { class: 'small' }, h('b', {}, who(c.author) ?? c.author), ' ', h('time', { class: 'mute' }, when(c.created))), h('div', { class: 'wiki' }, wiki(c.body, who)))),
    h('form', { class: 'row', onsubmit: async e => { e.preventDefault(); const text = e.target.elements.text; if (await act('jira/comment', { key: i.key, text: text.value, ...user })) text.value = ''; } },
      h('input', { name: 'text', class: 'grow', placeholder: `Comment as ${ui.as}`, 'aria-label': 'Comment', autocomplete: 'off' }), h('button', {}, 'Comment')));
}

const spoils = { 200: 'Say 200, do nothing', throttle: 'Throttle', before: 'Drop before the effect', after: 'Drop after the effect', 500: 'Answer 500', 503: 'Answer 503', 401: 'Answer 401', 403: 'Answer 403', 404: 'Answer 404', delay: 'Delay only' };

function faultPanel() {
  const add = async e => {
    e.preventDefault();
    const f = e.target.elements, how = f.how.value;
    await act('faults/add', { vendor: f.vendor.value, method: f.method.value, path: f.path.value.trim(), status: Number(f.status.value || (Number(how) || 0)), throttle: how === 'throttle',
      drop: how === 'before' || how === 'after' ? how : '', delayMs: Number(f.delay.value || 0), times: Number(f.times.value || 0) });
  };
  const options = list => list.map(([value, text]) => h('option', { value, key: value }, text));
  return panel('faults', 'Faults', true,
    h('form', { class: 'row', onsubmit: add },
      h('select', { name: 'vendor', 'aria-label': 'Vendor' }, options(state.vendors.map(v => [v.name, v.name]))),
      h('select', { name: 'method', 'aria-label': 'Method' }, options([['', 'any method'], ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map(m => [m, m])])),
      h('input', { name: 'path', class: 'grow', placeholder: 'any path, /api/v1/users/*/lifecycle/suspend, /api/**', 'aria-label': 'Path' }),
      h('select', { name: 'how', 'aria-label': 'How' }, options(Object.entries(spoils))),
      h('input', { name: 'status', type: 'number', min: 200, max: 599, placeholder: 'status', 'aria-label': 'Other status' }),
      h('input', { name: 'delay', type: 'number', min: 0, step: 100, placeholder: 'delay ms', 'aria-label': 'Delay in milliseconds' }),
      h('input', { name: 'times', type: 'number', min: 0, placeholder: 'times (∞)', 'aria-label': 'Times' }), h('button', { class: 'danger' }, 'Set fault')),
    state.faults.length ? h('ul', { class: 'log' }, state.faults.map(f => h('li', { class: 'row' }, h('span', { class: 'grow' }, h('b', {}, f.vendor), ` ${f.method || 'any method'} ${f.path || 'any path'}: `,
      [f.throttle && 'throttled', f.drop && `dropped ${f.drop} the effect`, f.status && `answered ${f.status} without effect`, f.delayMs && `delayed ${f.delayMs} ms`].filter(Boolean).join(', '), f.times ? ', ' + count(f.times, 'time') : ', until removed'),
    button('Remove', () => act('faults/remove', f))))) : empty('Every call goes through.'));
}

function callPanel() {
  const filter = (name, value) => { ui[name] = value; poll(); };
  const kind = c => c.status === 0 || c.status >= 400 ? 'bad' : c.fault ? 'warn' : 'ok';
  return panel('calls', 'Calls', true,
    h('div', { class: 'row' },
      h('select', { 'aria-label': 'Vendor', onchange: e => filter('vendor', e.target.value) }, h('option', { value: '' }, 'all vendors'), state.vendors.map(v => h('option', { value: v.name, key: v.name }, `${v.name} (${v.calls})`))),
      h('input', { type: 'search', class: 'grow', placeholder: 'Filter by path, body, status', 'aria-label': 'Filter calls', oninput: e => filter('q', e.target.value) }),
      h('label', {}, h('input', { type: 'checkbox', checked: ui.mutations, onchange: e => filter('mutations', e.target.checked) }), ' mutations only'),
      h('span', { class: 'small mute' }, calls.total > calls.calls.length ? `newest ${calls.calls.length} of ${calls.total}` : count(calls.total, 'call'))),
    calls.calls.length ? h('div', { class: 'calls' }, calls.calls.map((c, i) => h('details', { key: c.at + c.system + (calls.total - i) },
      h('summary', {}, h('time', { class: 'mute' }, hour(c.at)), pill(c.status || 'cut', kind(c)), h('b', {}, c.system), h('span', { class: 'method' }, c.method), h('span', { class: 'path' }, c.path + (c.query ? '?' + c.query : '')), c.fault && pill(c.fault, 'warn')),
      h('pre', {}, c.body || 'no body kept')))) : empty('No call yet.'));
}

/** actAs makes the person at the page somebody of the Slack workspace. */
function actAs(name) {
  Object.assign(ui, { as: name, channel: '', thread: '', question: null });
  const list = document.getElementById('as');
  if (list) list.value = name;
  render();
}

function header() {
  const members = new Set(state.slack.channels.filter(c => c.private && !c.im).flatMap(c => c.members));
  const who = state.slack.users.filter(u => !u.bot && !u.deleted);
  const inside = who.filter(u => members.has(u.id)), outside = who.filter(u => !members.has(u.id));
  if (!ui.as) ui.as = state.slack.cast[0]?.name ?? (inside[0] ?? who[0])?.name ?? '';
  const option = u => h('option', { value: u.name, key: u.id, selected: u.name === ui.as }, u.realName || u.name);
  const name = state.people.find(p => p.email === state.person)?.name;
  return h('header', { key: 'header' },
    h('h1', {}, name ?? state.person),
    h('nav', {}, [['namely', 'Namely'], ['okta', 'Okta'], ['google', 'Google'], ['jamf', 'Jamf'], ['retriever-easypost', 'Boxes'], ['slack', 'Slack'], ['jira', 'Jira'], ['faults', 'Faults'], ['calls', 'Calls']]
      .map(([id, text]) => h('a', { href: '#' + id }, text))),
    h('label', { class: 'small' }, h('input', { type: 'checkbox', onchange: e => { ui.all = e.target.checked; poll(); } }), ' everybody’s devices, boxes, tickets'),
    h('label', { class: 'small' }, 'Act as ', h('select', { id: 'as', onchange: e => actAs(e.target.value) },
      h('optgroup', { label: 'IT’s channel' }, inside.map(option)), h('optgroup', { label: 'Everybody else' }, outside.map(option)))),
    h('span', { class: 'small mute' }, new Date(now).toISOString().slice(11, 19) + ' UTC'),
    lost && h('p', { class: 'bad-text' }, lost));
}

function render() {
  const app = document.getElementById('app');
  const feeds = () => [...document.querySelectorAll('[data-stick]')];
  const end = new Map(feeds().map(f => [f, f.scrollTop + f.clientHeight >= f.scrollHeight - 8]));
  const page = h('div', { id: 'app' }, header(), h('div', { class: 'cols' }, people(),
    h('main', {}, h('div', { class: 'stack', key: 'left' }, namely(), google()), h('div', { class: 'stack', key: 'right' }, okta(), jamf(), shipping()), panel('slack', 'Slack', true, slackPanel(state.slack, ui, state.person, act, render, actAs)), jira(), faultPanel(), callPanel())));
  const first = !document.getElementById('people');
  morph(app, page);
  const chosen = first && document.querySelector('.person[aria-current=true]');
  if (chosen) chosen.parentElement.scrollTop = chosen.offsetTop - chosen.parentElement.offsetTop - 100;
  const top = document.querySelector('.overlay')?.dataset.key ?? '';
  if (top && top !== ui.focused) document.querySelector('.overlay :is(input, textarea, select, button)')?.focus();
  ui.focused = top;
  for (const f of feeds()) if (end.get(f) !== false) f.scrollTop = f.scrollHeight;
}

poll();
setInterval(() => document.hidden || poll(), 1000);
