// Building and updating the page. Whatever a vendor holds becomes a text node or an attribute value, never markup.

/** h makes an element: h('p', {class: 'x', onclick: f}, 'text', [children]). Empty children and props are left out. */
export function h(tag, props, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) e[name] = value;
    else if (name === 'value' || name === 'checked' || name === 'selected') e[name] = value;
    else if (name === 'key') e.dataset.key = value;
    else e.setAttribute(name, value === true ? '' : value);
  }
  e.append(...children.flat(Infinity).filter(c => c !== undefined && c !== null && c !== false && c !== ''));
  return e;
}

const handlers = ['onclick', 'oninput', 'onchange', 'onsubmit'];

/** morph makes from look like to, keeping its nodes, and so focus, scroll, typed text and opened details. */
export function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  const kept = name => name === 'open' && from.nodeName === 'DETAILS';
  for (const { name, value } of [...to.attributes]) if (!kept(name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  for (const { name } of [...from.attributes]) if (!kept(name) && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const name of handlers) from[name] = to[name];
  children(from, to);
}

function children(from, to) {
  const have = new Map(), wanted = new Set();
  for (const n of from.childNodes) if (n.dataset?.key) have.set(n.dataset.key, n);
  for (const n of to.childNodes) if (n.dataset?.key) wanted.add(n.dataset.key);
  for (const [key, n] of have) if (!wanted.has(key)) n.remove();
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    const key = next.dataset?.key;
    const match = key ? have.get(key) : at && !at.dataset?.key && at.nodeName === next.nodeName ? at : null;
    if (!match || match.nodeName !== next.nodeName) {
      from.insertBefore(next, at);
      continue;
    }
    if (match === at) at = at.nextSibling;
    else from.insertBefore(match, at);
    morph(match, next);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}
