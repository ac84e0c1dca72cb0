// Slack's mrkdwn and Jira's wiki markup, as elements.
import { h } from './dom.js';

const emoji = {
  white_check_mark: '✅', heavy_check_mark: '✔️', x: '❌', warning: '⚠️', hourglass: '⌛', hourglass_flowing_sand: '⏳', raised_hand: '✋',
  information_source: 'ℹ️', package: '📦', truck: '🚚', mailbox: '📫', inbox_tray: '📥', checkered_flag: '🏁', alarm_clock: '⏰',
  double_vertical_bar: '⏸️', no_entry_sign: '🚫', no_entry: '⛔', heavy_minus_sign: '➖', fast_forward: '⏩', grey_question: '❔',
  question: '❓', exclamation: '❗', white_square_button: '🔳', bust_in_silhouette: '👤', computer: '💻', lock: '🔒', unlock: '🔓', key: '🔑',
  bell: '🔔', eyes: '👀', rocket: '🚀', tada: '🎉', wave: '👋', rotating_light: '🚨', red_circle: '🔴', large_green_circle: '🟢',
  large_yellow_circle: '🟡', white_circle: '⚪', calendar: '📅', memo: '📝', link: '🔗', arrows_counterclockwise: '🔄', stop_sign: '🛑',
};
const signs = { '/': ['ok', '✔'], x: ['bad', '✘'], '!': ['warn', '!'], i: ['info', 'i'], '-': ['mute', '−'], '+': ['ok', '+'], '?': ['info', '?'] };

/** emojis shows the :names: in a text that has no other markup. */
export function emojis(text) {
  return inline(text, /:([a-z0-9_+-]+):/g, ([all, name]) => emoji[name] ?? all, s => s);
}

/** link is an anchor for addresses that are safe to open, and plain text for all others. */
export function link(href, text, props) {
  let ok = false;
  try {
    ok = ['http:', 'https:', 'mailto:'].includes(new URL(href).protocol);
  } catch { /* not an address */ }
  return ok ? h('a', { href, target: '_blank', rel: 'noopener noreferrer', ...props }, text) : h('span', props, text);
}

/** inline cuts text by a pattern: each hit becomes what make gives, the rest what plain gives. */
function inline(text, pattern, make, plain) {
  const out = [];
  let end = 0;
  for (const m of text.matchAll(pattern)) {
    if (m.index > end) out.push(plain(text.slice(end, m.index)));
    out.push(make(m));
    end = m.index + m[0].length;
  }
  if (end < text.length) out.push(plain(text.slice(end)));
  return out;
}

const entities = s => s.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const slackPattern = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+):|(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])|(?<!\w)_(?=\S)([^_\n]*[^_\s])_(?!\w)|(?<!\w)~(?=\S)([^~\n]*[^~\s])~(?!\w)|^&gt; ?(.*)$/gm;

/** mrkdwn renders Slack's markup. who names a user id, tz is the reader's time zone. */
export function mrkdwn(text, { who, tz }) {
  const again = s => mrkdwn(s, { who, tz });
  return inline(text ?? '', slackPattern, ([all, pre, code, angle, word, bold, italic, strike, quote]) => {
    if (pre) return h('pre', {}, entities(pre.replace(/^\n/, '')));
    if (code) return h('code', {}, entities(code));
    if (angle) return token(angle, who, tz);
    if (word) return emoji[word] ? h('span', { role: 'img', 'aria-label': word, title: `:${word}:` }, emoji[word]) : all;
    if (bold) return h('b', {}, again(bold));
    if (italic) return h('i', {}, again(italic));
    if (strike) return h('s', {}, again(strike));
    return h('blockquote', {}, again(quote));
  }, entities);
}

function token(angle, who, tz) {
  const bar = angle.indexOf('|');
  const [target, label] = bar < 0 ? [angle, ''] : [angle.slice(0, bar), angle.slice(bar + 1)];
  if (target.startsWith('@')) return h('span', { class: 'mention' }, '@' + (who(target.slice(1)) || label || target.slice(1)));
  if (target.startsWith('#')) return h('span', { class: 'mention' }, '#' + (label || target.slice(1)));
  if (target.startsWith('!date^')) return date(target, entities(label), tz);
  if (target.startsWith('!')) return h('span', { class: 'mention' }, '@' + (label || target.slice(1).split('^')[0]));
  return /^(https?|mailto):/.test(target) ? link(entities(target), entities(label || target)) : `<${entities(angle)}>`;
}

function date(target, fallback, tz) {
  const [, seconds, format, href] = target.split('^');
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime()) || !format) return fallback;
  const show = (o, when = at) => new Intl.DateTimeFormat('en-US', { timeZone: tz || 'UTC', ...o }).format(when);
  const text = format.replace(/\{(\w+)\}/g, (all, name) => {
    if (name === 'time') return show({ hour: 'numeric', minute: '2-digit' });
    if (name === 'time_secs') return show({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
    if (!name.startsWith('date')) return all;
    const day = when => show({ dateStyle: 'short' }, when), now = Date.now();
    const near = [[-864e5, 'yesterday'], [0, 'today'], [864e5, 'tomorrow']].find(([ms]) => day(new Date(now + ms)) === day(at));
    if (name.endsWith('_pretty') && near) return near[1];
    if (name === 'date_num') return show({ year: 'numeric', month: '2-digit', day: '2-digit' });
    return show({ year: 'numeric', day: 'numeric', month: name.includes('short') ? 'short' : 'long', weekday: name.includes('long') ? 'long' : undefined });
  });
  const shown = h('time', { datetime: at.toISOString(), title: fallback }, text);
  return href ? link(entities(href), shown) : shown;
}

const bare = s => s.replace(/\\([^\w\s])/g, '$1');
const wikiPattern = /\\\\|\\([^\w\s])|\{\{(.+?)\}\}|\[((?:\\.|[^\]\n|\\])+)\|((?:\\.|[^\]\n|\\])+)(?:\|[^\]]*)?\]|\[~([^\]]+)\]|\[?(https?:\/\/[^\s|\]]+)\]?|\(([/x!i+?-])\)|\{color:[^}]*\}(.*?)\{color\}|(?<![\w*])\*(?=\S)((?:\\.|[^*\\])*?[^*\s])\*(?![\w*])|(?<!\w)_(?=\S)((?:\\.|[^_\\])*?[^_\s])_(?!\w)/g;

function wikiInline(text, who) {
  return inline(text, wikiPattern, ([all, escaped, code, label, href, user, url, sign, colour, bold, italic]) => {
    if (all === '\\\\') return h('br');
    if (escaped) return escaped;
    if (code) return h('code', {}, bare(code));
    if (label) return link(bare(href), wikiInline(label, who));
    if (user) return h('span', { class: 'mention' }, '@' + (who(user.replace('accountid:', '')) || user));
    if (url) return link(url, url);
    if (sign) return h('span', { class: 'sign ' + signs[sign][0] }, signs[sign][1]);
    if (colour) return wikiInline(colour, who);
    return h(bold ? 'b' : 'i', {}, wikiInline(bold ?? italic, who));
  }, s => s);
}

/** cells cuts a table row at its bars, but not at those in links, in code or behind a backslash. */
function cells(row, who) {
  const parts = row.match(/\|{1,2}|(?:\\.|\[[^\]]*\]|\{\{.*?\}\}|[^|\\])+|\\/g) ?? [];
  const out = [];
  for (let i = 0, head = false; i < parts.length; i++) {
    if (/^\|+$/.test(parts[i])) head = parts[i] === '||';
    else if (i < parts.length - 1 || parts[i].trim()) out.push(h(head ? 'th' : 'td', {}, wikiInline(parts[i].trim(), who)));
  }
  return h('tr', {}, out);
}

/** wiki renders Jira's wiki markup: headings, tables, lists, panels, quotes, code. who names an account id. */
export function wiki(text, who) {
  const lines = (text ?? '').split(/\r?\n/), out = [];
  const take = test => {
    const taken = [];
    while (lines.length && test(lines[0])) taken.push(lines.shift());
    return taken;
  };
  while (lines.length) {
    const line = lines[0];
    const fence = line.match(/^\{(quote|panel|code|noformat)(?::([^}]*))?\}(.*)$/);
    const heading = line.match(/^h([1-6])\.\s+(.*)$/);
    if (fence) {
      lines.shift();
      const close = `{${fence[1]}}`, inside = [fence[3], ...take(l => l.trim() !== close)].filter((l, i) => i || l);
      lines.shift();
      const title = fence[2]?.match(/title=([^|]*)/)?.[1];
      out.push(fence[1] === 'code' || fence[1] === 'noformat' ? h('pre', {}, inside.join('\n'))
        : h(fence[1] === 'quote' ? 'blockquote' : 'div', { class: 'box' }, title && h('b', {}, title), wiki(inside.join('\n'), who)));
    } else if (heading) {
      lines.shift();
      out.push(h('h' + Math.min(6, Number(heading[1]) + 1), {}, wikiInline(heading[2], who)));
    } else if (line.startsWith('|')) {
      out.push(h('div', { class: 'scroll' }, h('table', {}, h('tbody', {}, take(l => l.startsWith('|')).map(l => cells(l, who))))));
    } else if (/^[*#-]+ /.test(line)) {
      const items = take(l => /^[*#-]+ /.test(l)).map(l => h('li', { class: 'depth' + Math.min(3, l.indexOf(' ')) }, wikiInline(l.slice(l.indexOf(' ') + 1), who)));
      out.push(h(line[0] === '#' ? 'ol' : 'ul', {}, items));
    } else if (/^-{4,}$/.test(line)) {
      lines.shift();
      out.push(h('hr'));
    } else if (line.trim() === '') {
      lines.shift();
    } else {
      const first = lines.shift();
      const rest = take(l => l.trim() && !/^(\||h[1-6]\. |[*#-]+ |\{(quote|panel|code|noformat))/.test(l));
      out.push(h('p', {}, [first, ...rest].map((l, i) => [i ? h('br') : null, wikiInline(l, who)])));
    }
  }
  return out;
}
