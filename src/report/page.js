// The page of a report: nodes out of the JSON that it carries. Texts are only ever set as text, never parsed as markup, since targets
// choose some of them. What is shown is a function of `view`, and the fragment of the address is `view` written down.
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);
const text = (number) => (number === null || number === undefined ? null : data.texts[number]);
const byId = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString('en-US');
const counted = (many, one, more) => `${number(many)} ${many === 1 ? one : more || one + 's'}`;

/** A node: `el('p.lead', {title: 'x'}, 'text', node, ...)`. Attributes that are functions listen. */
function el(what, attributes, ...inside) {
  const [tag, ...classes] = what.split('.');
  const node = document.createElement(tag || 'div');
  if (classes.length) node.className = classes.join(' ');
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

/** A link where it is one to the web; what else a target's configuration says stays text. */
const linked = (url, label) =>
  /^https?:\/\//i.test(url) ? el('a', { href: url, rel: 'noopener noreferrer', target: '_blank' }, label || url) : el('span', null, url);

// ---- The report: rows, cells, details

const VERDICTS = {
  p: { word: 'pass', many: 'passed', sign: '✓' },
  f: { word: 'fail', many: 'failed', sign: '✕' },
  k: { word: 'known', many: 'known', sign: 'K' },
  s: { word: 'skip', many: 'skipped', sign: '–' },
  i: { word: 'inconclusive', many: 'inconclusive', sign: '?' },
};
/** The worst first: what a stream's cell shows. */
const WORST = 'fkips';
const GATES = { n: 'none', s: 'sleep', r: 'read', p: 'parser' };

const targets = data.targets.map((target, at) => ({ ...target, at, column: data.columns[at] }));
const rows = data.rows.map(([framing, stream, rest, why, level, classes, close, segments, sizes], at) => ({
  at, framing: text(framing), stream: text(stream), rest: text(rest), why: text(why), level: text(level),
  classes, close: text(close), segments, sizes, id: text(rest) ? `${text(stream)}:${text(rest)}` : text(stream),
}));
for (const row of rows) row.lower = `${row.id}\n${row.why}`.toLowerCase();
const details = new Map(data.details.map((detail) => [detail.row * targets.length + detail.column, detail]));
const detailOf = (row, column) => details.get(row.at * targets.length + column) || null;
const verdictOf = (row, column) => targets[column].column.verdicts[row.at] || '.';
const rowOf = new Map(rows.map((row) => [`${row.framing}\n${row.id}`, row]));
const targetOf = new Map(targets.map((target) => [target.name, target]));

// ---- What is shown

const view = fresh();
function fresh() {
  return { q: '', v: 'pfksi', kind: '', level: '', framing: '', target: '', class: '', differ: false, unknown: false, open: null };
}
const unfolded = new Set();
let lines = [];
let columns = [];
let active = { line: 0, column: -1 };

/** A glob where there is a star or a question mark, which then is the whole text; else a part of it. */
function matcher(query) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return () => true;
  if (!/[*?]/.test(wanted)) return (hay) => hay.includes(wanted);
  const glob = wanted.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
  const whole = new RegExp(`^${glob}$`, 's');
  return (hay) => hay.split('\n').some((one) => whole.test(one));
}

/** The columns of a row that are as the filter wants them. */
function hits(row, matches) {
  if (view.framing && row.framing !== view.framing) return [];
  if (view.level && row.level !== view.level) return [];
  if (view.class && !row.classes.includes(Number(view.class))) return [];
  if (view.differ && !differs(row)) return [];
  const whole = matches(row.lower);
  return columns.filter((column) => {
    const verdict = verdictOf(row, column);
    if (verdict === '.' || !view.v.includes(verdict) || (view.unknown && verdict !== 'f')) return false;
    if (whole && !view.kind) return true;
    const detail = detailOf(row, column);
    if (view.kind && text(detail && detail.kind) !== view.kind) return false;
    return whole || (detail !== null && matches((text(detail.reason) || '').toLowerCase()));
  });
}

/** Whether targets came to different verdicts or kinds of failure; what was skipped says nothing. */
function differs(row) {
  let first = null;
  for (const target of targets) {
    const verdict = verdictOf(row, target.at);
    if (verdict === '.' || verdict === 's') continue;
    const detail = verdict === 'p' ? null : detailOf(row, target.at);
    const came = (verdict === 'k' ? 'f' : verdict) + (detail ? text(detail.kind) || '' : '');
    if (first === null) first = came;
    else if (first !== came) return true;
  }
  return false;
}

/** Framings, in them streams, in them cases: what passes the filter, with tallies by column. */
function select() {
  columns = view.target && targetOf.has(view.target) ? [targetOf.get(view.target).at] : targets.filter((target) => target.column.verdicts).map((target) => target.at);
  const matches = matcher(view.q);
  const framings = new Map();
  let cases = 0, results = 0;
  for (const row of rows) {
    const hit = hits(row, matches);
    if (!hit.length) continue;
    cases += 1;
    results += hit.length;
    const framing = entry(framings, row.framing, () => ({ kind: 'framing', key: row.framing, streams: new Map(), cases: 0, tally: new Map() }));
    const stream = entry(framing.streams, row.stream, () => ({ kind: 'stream', key: `${row.framing}\n${row.stream}`, row, rows: [], tally: new Map() }));
    stream.rows.push({ row, hit });
    framing.cases += 1;
    for (const column of hit) {
      const verdict = verdictOf(row, column);
      for (const group of [framing, stream]) add(entry(group.tally, column, () => ({})), verdict);
    }
  }
  return { framings: [...framings.values()], cases, results };
}
const entry = (map, key, make) => map.get(key) || (map.set(key, make()), map.get(key));
const add = (tally, verdict) => { tally[verdict] = (tally[verdict] || 0) + 1; };
const worst = (tally) => [...WORST].find((verdict) => tally[verdict]) || '.';

/** What is below each other in the grid. A framing or a stream is folded by its key. */
function lay(selected) {
  lines = [];
  for (const framing of selected.framings) {
    const alone = selected.framings.length === 1;
    const shut = !alone && unfolded.has(`-${framing.key}`);
    lines.push({ ...framing, level: 1, open: !shut });
    if (shut) continue;
    for (const stream of framing.streams.values()) {
      const open = unfolded.has(stream.key);
      lines.push({ ...stream, level: 2, open });
      if (open) for (const one of stream.rows) lines.push({ kind: 'case', level: 3, ...one });
    }
  }
}

let selected;
function refresh() {
  selected = select();
  lay(selected);
  drawFilters();
  drawHeads();
  drawn.clear();
  byId('body').replaceChildren();
  active = { line: Math.min(active.line, Math.max(lines.length - 1, 0)), column: Math.min(active.column, columns.length - 1) };
  size();
  drawLines();
}

/** The same selection with other folds. */
function relay() {
  lay(selected);
  drawn.clear();
  byId('body').replaceChildren();
  size();
  drawLines();
}

// ---- The grid: only the lines in sight are nodes

const grid = byId('grid');
const drawn = new Map();
const LINE = 28;

function size() {
  byId('body').style.height = `${lines.length * LINE}px`;
  byId('nothing').hidden = lines.length > 0;
  grid.hidden = lines.length === 0;
  grid.setAttribute('aria-rowcount', lines.length + 1);
  grid.setAttribute('aria-colcount', columns.length + 1);
}

function drawHeads() {
  const narrow = columns.length > 8;
  const width = narrow ? 38 : 84;
  grid.classList.toggle('narrow', narrow);
  grid.classList.toggle('single', targets.length === 1 || columns.length === 1);
  grid.style.setProperty('--cell', `${width}px`);
  grid.style.setProperty('--columns', columns.length);
  const heads = columns.map((column, at) =>
    el('div.head', { role: 'columnheader', title: about(targets[column]), 'aria-colindex': at + 2 }, el('span', null, targets.length === 1 ? 'verdict' : targets[column].name)));
  byId('heads').replaceChildren(el('div.name', { role: 'columnheader' }, 'framing, stream, case'), ...heads, el('div.tail', { role: 'presentation' }));
}

function drawLines() {
  if (grid.hidden) return;
  const from = Math.max(0, Math.floor(grid.scrollTop / LINE) - 8);
  const to = Math.min(lines.length, Math.ceil((grid.scrollTop + grid.clientHeight) / LINE) + 8);
  for (const [at, node] of drawn) {
    if (at < from || at >= to) { node.remove(); drawn.delete(at); }
  }
  const body = byId('body');
  for (let at = from; at < to; at += 1) {
    if (drawn.has(at)) continue;
    const node = drawLine(lines[at], at);
    drawn.set(at, node);
    body.append(node);
  }
  mark();
}

function drawLine(line, at) {
  const node = el(`div.line.${line.kind}`, {
    role: 'row', 'aria-level': line.level, 'aria-rowindex': at + 2, 'aria-expanded': line.kind === 'case' ? null : String(line.open),
  });
  node.style.transform = `translateY(${at * LINE}px)`;
  node.append(nameCell(line, at), ...columns.map((column, place) => cell(line, at, column, place)), tail(line));
  return node;
}

function nameCell(line, at) {
  const label = line.kind === 'framing' ? line.key : line.kind === 'stream' ? line.row.stream : line.row.rest || '(alone)';
  const many = line.kind === 'framing' ? line.cases : line.kind === 'stream' ? line.rows.length : null;
  return el('div.name', { role: 'rowheader', id: `c-${at}--1`, title: line.kind === 'framing' ? line.key : (line.row.why || null), click: () => { touch(at, -1); toggle(line); } },
    line.kind === 'case' ? el('span.twig') : el('span.fold', { 'aria-hidden': 'true' }, line.open ? '▾' : '▸'),
    el('span.label', null, label), many === null ? null : el('span.many', null, number(many)));
}

function cell(line, at, column, place) {
  const attributes = { role: 'gridcell', id: `c-${at}-${place}`, 'aria-colindex': place + 2, click: () => { touch(at, place); enter(line, column); } };
  const tally = line.kind === 'case' ? (line.hit.includes(column) ? { [verdictOf(line.row, column)]: 1 } : {}) : line.tally.get(column) || {};
  const verdict = worst(tally);
  const name = targets.length > 1 ? `${targets[column].name}: ` : '';
  if (verdict === '.') return el('div.cell.v-none', { ...attributes, 'aria-label': `${name}none` });
  const all = Object.values(tally).reduce((sum, one) => sum + one, 0);
  const words = [...WORST].filter((one) => tally[one]).map((one) => (line.kind === 'case' ? VERDICTS[one].word : `${tally[one]} ${VERDICTS[one].many}`));
  const detail = line.kind === 'case' ? detailOf(line.row, column) : null;
  const kind = detail && text(detail.kind);
  attributes.title = attributes['aria-label'] = name + words.join(', ') + (kind ? `: ${kind}` : '') + (detail && text(detail.reason) ? `: ${text(detail.reason)}` : '');
  const narrow = columns.length > 8;
  const counts = line.kind === 'case' ? '' : verdict === 'p' ? (narrow ? '' : number(all)) : narrow || tally[verdict] === all ? short(tally[verdict]) : `${short(tally[verdict])}/${short(all)}`;
  return el(`div.cell.v-${VERDICTS[verdict].word}`, attributes, el('b', null, VERDICTS[verdict].sign), counts ? el('span', null, counts) : null);
}
const short = (many) => (many < 1000 ? String(many) : many < 9950 ? `${(many / 1000).toFixed(1)}k` : `${Math.round(many / 1000)}k`);

/** What fits behind the cells: the reason where there is one target, else why the stream is there. */
function tail(line) {
  if (line.kind === 'framing') return el('div.tail', { role: 'presentation' });
  const column = columns.length === 1 ? columns[0] : null;
  const failing = line.kind === 'stream' && column !== null ? line.rows.find((one) => 'fk'.includes(verdictOf(one.row, column))) : line;
  const detail = column === null || !failing ? null : detailOf(failing.row, column);
  const kind = detail && text(detail.kind);
  const reason = detail && text(detail.reason);
  return el('div.tail', { role: 'presentation', title: reason || line.row.why }, kind ? el('span.kind', null, kind) : null, reason || (line.kind === 'stream' ? line.row.why : ''));
}

function toggle(line) {
  if (line.kind === 'case') { enter(line, firstColumn(line)); return; }
  const key = line.kind === 'framing' ? `-${line.key}` : line.key;
  if (unfolded.has(key)) unfolded.delete(key); else unfolded.add(key);
  relay();
}

/** A case is opened; of a stream the first case of that column that has the verdict that is shown. */
function enter(line, column) {
  if (line.kind === 'framing') { toggle(line); return; }
  if (line.kind === 'case') { if (verdictOf(line.row, column) !== '.') openCase(line.row, column); return; }
  const sign = worst(line.tally.get(column) || {});
  const one = line.rows.find((each) => each.hit.includes(column) && verdictOf(each.row, column) === sign);
  if (!one) return;
  if (sign === 'p' || sign === 's') toggle(line); else openCase(one.row, column);
}
const firstColumn = (line) => [...line.hit].sort((a, b) => WORST.indexOf(verdictOf(line.row, a)) - WORST.indexOf(verdictOf(line.row, b)))[0];

function touch(line, column) {
  active = { line, column };
  mark();
}

function mark() {
  for (const node of grid.querySelectorAll('.active')) node.classList.remove('active');
  const node = byId(`c-${active.line}-${active.column}`);
  if (node) { node.classList.add('active'); grid.setAttribute('aria-activedescendant', node.id); }
}

function moveTo(line, column) {
  active = { line: Math.max(0, Math.min(lines.length - 1, line)), column: Math.max(-1, Math.min(columns.length - 1, column)) };
  const top = active.line * LINE, head = byId('heads').offsetHeight, sight = grid.clientHeight - head;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + LINE > grid.scrollTop + sight) grid.scrollTop = top + LINE - sight;
  drawLines();
  const node = byId(`c-${active.line}-${active.column}`);
  if (node && active.column >= 0) {
    const left = node.offsetLeft - grid.firstElementChild.firstElementChild.offsetWidth;
    if (left < grid.scrollLeft) grid.scrollLeft = left;
    else if (node.offsetLeft + node.offsetWidth > grid.scrollLeft + grid.clientWidth) grid.scrollLeft = node.offsetLeft + node.offsetWidth - grid.clientWidth;
  } else grid.scrollLeft = 0;
}

function gridKey(event) {
  const line = lines[active.line];
  if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(grid.clientHeight / LINE) - 3);
  const to = {
    ArrowDown: () => moveTo(active.line + 1, active.column), ArrowUp: () => moveTo(active.line - 1, active.column),
    PageDown: () => moveTo(active.line + page, active.column), PageUp: () => moveTo(active.line - page, active.column),
    Home: () => moveTo(0, active.column), End: () => moveTo(lines.length - 1, active.column),
    ArrowRight: () => (active.column === -1 && line.kind !== 'case' && !line.open ? toggle(line) : moveTo(active.line, active.column + 1)),
    ArrowLeft: () => (active.column === -1 && line.kind !== 'case' && line.open ? toggle(line) : moveTo(active.line, active.column - 1)),
    Enter: () => (active.column === -1 ? toggle(line) : enter(line, columns[active.column])),
    ' ': () => toggle(line),
  }[event.key];
  if (to) { event.preventDefault(); to(); }
}

// ---- The filter

function drawFilters() {
  byId('count').textContent = `${number(selected.cases)} of ${counted(rows.length, 'case')}` + (targets.length > 1 ? `, ${counted(selected.results, 'result')}` : '');
  if (byId('q').value !== view.q) byId('q').value = view.q;
  for (const [verdict, button] of verdictButtons) button.setAttribute('aria-pressed', view.v.includes(verdict));
  for (const [name, select] of selects) select.value = view[name];
  for (const [name, button] of switches) button.setAttribute('aria-pressed', view[name]);
  byId('clear').disabled = written(view, false) === '';
  byId('fold').textContent = unfoldedAll() ? 'Fold all' : 'Unfold all';
}
const unfoldedAll = () => selected.framings.length > 0 && selected.framings.every((framing) => [...framing.streams.values()].every((stream) => unfolded.has(stream.key)));

const verdictButtons = new Map();
const selects = new Map();
const switches = new Map();

function makeFilters() {
  const totals = {};
  for (const target of targets) for (const verdict of target.column.verdicts) if (verdict !== '.') add(totals, verdict);
  for (const [verdict, { word, sign }] of Object.entries(VERDICTS)) {
    if (!totals[verdict]) continue;
    verdictButtons.set(verdict, el(`button.toggle.v-${word}`, { type: 'button', click: () => change({ v: view.v.includes(verdict) ? view.v.replace(verdict, '') : [...'pfksi'].filter((one) => one === verdict || view.v.includes(one)).join('') }) },
      el('b', { 'aria-hidden': 'true' }, sign), word, el('span.many', null, number(totals[verdict]))));
  }
  byId('verdicts').append(...verdictButtons.values());
  const kinds = unique(data.details.map((detail) => text(detail.kind)));
  const sentence = (one) => (data.classes[one] ? `${one}: ${data.classes[one]}`.slice(0, 90) : one);
  for (const [name, label, values, shown] of [
    ['kind', 'any kind', kinds], ['level', 'any level', unique(rows.map((row) => row.level))],
    ['framing', 'any framing', unique(rows.map((row) => row.framing), false)], ['target', 'all targets', targets.map((target) => target.name)],
    ['class', 'any class of defect', [...new Set(rows.flatMap((row) => row.classes))].sort((a, b) => a - b).map(String), sentence],
  ]) {
    if (values.length < (name === 'kind' ? 1 : 2)) continue;
    const select = el('select', { 'aria-label': name === 'class' ? 'class of defect' : name, change: () => change({ [name]: select.value }) },
      el('option', { value: '' }, label), values.map((value) => el('option', { value }, shown ? shown(value) : value)));
    selects.set(name, select);
  }
  byId('selects').append(...selects.values());
  for (const [name, label, useful] of [['differ', 'only where targets differ', targets.length > 1], ['unknown', 'only failures not known', totals.k]]) {
    if (useful) switches.set(name, el('button.toggle', { type: 'button', click: () => change({ [name]: !view[name] }) }, label));
  }
  byId('switches').append(...switches.values());
  let typed;
  byId('q').addEventListener('input', () => { cancelAnimationFrame(typed); typed = requestAnimationFrame(() => change({ q: byId('q').value })); });
  byId('filters').addEventListener('submit', (event) => { event.preventDefault(); grid.focus(); });
  for (const id of ['clear', 'clear-too']) byId(id).addEventListener('click', () => change({ ...fresh(), open: view.open }));
  byId('fold').addEventListener('click', foldAll);
}
const unique = (values, sort = true) => { const all = [...new Set(values)].filter(Boolean); return sort ? all.sort() : all; };

function foldAll() {
  const shut = unfoldedAll();
  for (const framing of selected.framings) {
    unfolded.delete(`-${framing.key}`);
    for (const key of [...framing.streams.values()].map((stream) => stream.key)) { if (shut) unfolded.delete(key); else unfolded.add(key); }
  }
  relay();
  drawFilters();
}

function change(fields) {
  Object.assign(view, fields);
  remember(false);
  refresh();
}

// ---- The address

/** The view as a fragment: only what differs from a fresh one. */
function written(of, opened = true) {
  const plain = fresh();
  const fields = new URLSearchParams();
  for (const name of Object.keys(plain)) {
    if (name !== 'open' && of[name] !== plain[name]) fields.set(name, of[name] === true ? '1' : of[name] || '-');
  }
  if (opened && of.open) for (const [name, value] of Object.entries(of.open)) fields.set(name, value);
  return fields.toString();
}

function read(fragment) {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  const of = fresh();
  for (const name of ['q', 'kind', 'level', 'framing', 'target', 'class']) of[name] = fields.get(name) || '';
  if (fields.has('v')) of.v = [...'pfksi'].filter((one) => fields.get('v').includes(one)).join('');
  for (const name of ['differ', 'unknown']) of[name] = fields.get(name) === '1';
  if (fields.has('case')) of.open = { case: fields.get('case'), of: fields.get('of') || '', by: fields.get('by') || '' };
  else if (fields.has('finding')) of.open = { finding: fields.get('finding'), by: fields.get('by') || '' };
  return of;
}

/** A detail that is opened is a step back away; a filter is not. */
function remember(step) {
  const fragment = `#${written(view)}`;
  if (fragment === (location.hash || '#')) return;
  history[step ? 'pushState' : 'replaceState'](null, '', fragment);
}

function restore() {
  Object.assign(view, read(location.hash));
  if (view.open && view.open.case) {
    const row = rowOf.get(`${view.open.of}\n${view.open.case}`);
    if (row) unfolded.add(`${row.framing}\n${row.stream}`);
  }
  refresh();
  showOpen(false);
  const open = view.open;
  const at = open && open.case ? lines.findIndex((line) => line.kind === 'case' && line.row.id === open.case && line.row.framing === open.of) : -1;
  if (at >= 0) moveTo(at, columns.findIndex((column) => targets[column].name === open.by));
}

// ---- Bytes

const bytesOf = (hex) => Uint8Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.substr(at * 2, 2), 16));
const NAMES = { 0: '\\0', 9: '\\t', 10: '\\n', 13: '\\r', 32: '␠', 92: '\\' };
const printable = (byte) => NAMES[byte] || (byte > 32 && byte < 127 ? String.fromCharCode(byte) : '·');
const hex = (byte) => byte.toString(16).padStart(2, '0');

/** The bytes of a stream in cells: what they are, where they were cut, where the error is, what is left out. */
function drawBytes(drawing, most = Infinity) {
  const box = el('div.bytes', { role: 'img', 'aria-label': described(drawing) });
  const cuts = new Set(drawing.cuts);
  const segmentAt = (at) => drawing.cuts.filter((cut) => cut <= at).length + 1;
  let part = 0, left = most, end = 0;
  if (drawing.cuts.length && drawing.sent.length) box.append(el('span.segment', { title: 'segment 1' }, '1'));
  for (const [at, digits] of drawing.sent) {
    if (at > end) box.append(el('span.gap', null, `… ${counted(at - end, 'byte')} …`), ...hiddenCut(drawing, end, at));
    const bytes = bytesOf(digits);
    for (let step = 0; step < bytes.length; step += 1) {
      const place = at + step;
      if (cuts.has(place) && place > 0) box.append(cutMark(place, segmentAt(place)));
      if (left-- <= 0) { box.append(el('span.gap', null, `… ${counted(drawing.length - place, 'byte')}`)); return box; }
      while (drawing.parts[part] && drawing.parts[part][2] <= place) part += 1;
      box.append(byteCell(bytes[step], place, drawing.parts[part], drawing.error));
    }
    end = at + bytes.length;
  }
  if (end < drawing.length) box.append(el('span.gap', null, `… ${counted(drawing.length - end, 'byte')}`));
  if (drawing.error !== null && drawing.error >= drawing.length) box.append(el('span.fault', { title: `the error is certain at the end, offset ${drawing.error}` }, '!'));
  if (!drawing.length) box.append(el('span.gap', null, 'no bytes'));
  return box;
}

/** Cuts whose bytes are left out, of which there are more than are drawn. */
function hiddenCut(drawing, from, to) {
  const many = drawing.cuts.filter((cut) => cut > from && cut < to).length;
  return many ? [el('span.gap', null, `${counted(many, 'cut')} …`)] : [];
}

const cutMark = (place, segment) => el('span.cut', { 'data-at': place, title: `cut at ${place}: segment ${segment} begins` }, el('i', null, String(segment)));

function byteCell(byte, place, part, error) {
  const inside = part && part[1] <= place;
  const kind = inside ? part[0] : 'rest';
  const owner = inside && part[3] !== null ? `, frame ${part[3]}` : '';
  const first = inside && part[1] === place ? '.first' : '';
  const odd = inside && part[3] % 2 ? '.odd' : '';
  const wrong = place === error ? '.wrong' : '';
  return el(`span.byte.b-${kind}${first}${odd}${wrong}`, { 'data-at': place, title: `offset ${place}: ${hex(byte)}, ${kind}${owner}${wrong ? '; here the stream is an error' : ''}` }, el('code', null, hex(byte)), el('span', null, printable(byte)));
}

function described(drawing) {
  const cuts = drawing.cuts.length ? `, cut at ${drawing.cuts.slice(0, 12).join(', ')}` : '';
  return `${counted(drawing.length, 'byte')}${cuts}${drawing.error === null ? '' : `, in error at ${drawing.error}`}`;
}

function legend(drawing) {
  const kinds = [...new Set(drawing.parts.map((part) => part[0]))];
  const notes = kinds.map((kind) => el('span', null, el(`i.b-${kind}`), kind === 'rest' ? 'rest: of no whole frame' : kind));
  if (drawing.cuts.length) notes.push(el('span', null, el('i.cut'), 'cut; the number is that of the segment'));
  if (drawing.error !== null) notes.push(el('span', null, el('i.wrong'), 'here the stream is an error'));
  return el('p.key', null, notes);
}

/** What came back, each piece beside what had been sent when it came. */
function drawReply(drawing) {
  const all = new Map(drawing.received.flatMap(([at, digits]) => [...bytesOf(digits)].map((byte, step) => [at + step, byte])));
  const marks = merged(drawing.marks.length ? drawing.marks : [[drawing.came, null]]);
  let from = 0;
  const list = el('ol.came');
  for (const [to, sent] of marks.slice(0, 40)) {
    const cells = [];
    for (let at = from; at < to && all.has(at); at += 1) cells.push(el('span.byte.b-came', { title: `reply, offset ${at}: ${hex(all.get(at))}` }, el('code', null, hex(all.get(at))), el('span', null, printable(all.get(at)))));
    const left = to - from - cells.length;
    const when = sent === null ? 'after the end of the stream' : sent === 0 ? 'before anything was sent' : sent >= drawing.length ? `after all ${counted(sent, 'byte')} had been sent` : `after ${number(sent)} of ${counted(drawing.length, 'byte')} had been sent`;
    list.append(el('li', null, el('span.when', null, when), el('div.bytes', null, cells, left > 0 ? el('span.gap', null, `… ${counted(left, 'byte')}`) : null)));
    from = to;
  }
  if (marks.length > 40) list.append(el('li', null, el('span.when', null, `… ${counted(drawing.came - from, 'byte')} later`)));
  if (!drawing.came) list.append(el('li', null, el('span.when', null, 'nothing came back')));
  if (drawing.end) list.append(el('li', null, el('span.when.end', null, drawing.end)));
  return list;
}

/** Marks at the same point of the stream are one; those at which nothing new had come are none. */
function merged(marks) {
  const out = [];
  for (const [received, sent] of marks) {
    if (received <= (out.length ? out[out.length - 1][0] : 0)) continue;
    if (out.length && out[out.length - 1][1] === sent) out[out.length - 1][0] = received; else out.push([received, sent]);
  }
  return out;
}

// ---- Expected and actual

/** Both lists side by side, aligned by their longest common subsequence. */
function aligned(due, came) {
  const table = Array.from({ length: due.length + 1 }, () => new Uint16Array(came.length + 1));
  for (let a = due.length - 1; a >= 0; a -= 1) for (let b = came.length - 1; b >= 0; b -= 1) table[a][b] = due[a] === came[b] ? table[a + 1][b + 1] + 1 : Math.max(table[a + 1][b], table[a][b + 1]);
  const pairs = [];
  let a = 0, b = 0;
  while (a < due.length || b < came.length) {
    if (a < due.length && b < came.length && due[a] === came[b]) pairs.push([due[a++], came[b++]]);
    else if (b >= came.length || (a < due.length && table[a + 1][b] >= table[a][b + 1])) pairs.push([due[a++], null]);
    else pairs.push([null, came[b++]]);
  }
  return pairs;
}

function drawItems(detail) {
  const pairs = aligned(detail.expected.map(text), detail.actual.map(text));
  const line = (due, came) => {
    const alike = due !== null && came !== null;
    return el(`tr.${alike ? 'alike' : due === null ? 'extra' : 'missing'}`, null, el('td', { 'aria-hidden': 'true' }, alike ? '=' : due === null ? '+' : '−'),
      el('td', null, due === null ? el('span.hidden', null, 'nothing was due') : due), el('td', null, came === null ? el('span.hidden', null, 'never came') : came));
  };
  const more = (label) => el('tr.alike', null, el('td'), el('td', { colspan: 2 }, label));
  const [due, came] = detail.beyond;
  return el('div.scroll', null, el('table.items', null,
    el('thead', null, el('tr', null, el('th', null, el('span.hidden', null, 'compared')), el('th', { scope: 'col' }, 'expected'), el('th', { scope: 'col' }, 'reported'))),
    el('tbody', null, detail.from ? more(`… ${counted(detail.from, 'item')} before, alike`) : null, pairs.map(([a, b]) => line(a, b)),
      due || came ? more(`… ${number(due)} more expected, ${number(came)} more reported`) : null)));
}

// ---- Detail

function openCase(row, column) {
  view.open = { case: row.id, of: row.framing, by: targets[column].name };
  remember(true);
  showOpen(true);
}

function openFinding(finding) {
  view.open = { finding: finding.name, by: finding.target };
  remember(true);
  showOpen(true);
}

let before = null;
function showOpen(take) {
  const panel = byId('detail');
  const content = view.open && (view.open.finding !== undefined ? findingDetail() : caseDetail());
  document.documentElement.classList.toggle('opened', Boolean(content));
  panel.hidden = !content;
  if (!content) { panel.replaceChildren(); return; }
  panel.replaceChildren(...content);
  panel.scrollTop = 0;
  if (!panel.contains(document.activeElement) && take) { before = before || document.activeElement; }
  if (take) panel.focus({ preventScroll: true });
}

function shutDetail() {
  if (!view.open) return;
  view.open = null;
  remember(false);
  showOpen(false);
  const back = before && before.isConnected ? before : grid;
  before = null;
  back.focus({ preventScroll: true });
}

const badge = (verdict, kind) => el(`span.badge.v-${VERDICTS[verdict].word}`, null, el('b', { 'aria-hidden': 'true' }, VERDICTS[verdict].sign), kind || VERDICTS[verdict].word);
const part = (title, ...inside) => el('section', null, el('h3', null, title), ...inside);

function panelHead(title, badgeNode, target, steps) {
  return el('header', null,
    el('div.tools', null, badgeNode, targets.length > 1 || target !== targets[0].name ? el('span.target', null, target) : null, el('span.space'), steps,
      copyButton('Copy link', () => location.href), el('button.plain.close', { type: 'button', title: 'Close (Escape)', 'aria-label': 'Close', click: shutDetail }, '✕')),
    el('h2', { id: 'detail-title' }, title));
}

/** Failures in the order of the grid, as they pass the filter. */
function failures() {
  const all = [];
  for (const framing of selected.framings) for (const stream of framing.streams.values()) for (const { row, hit } of stream.rows) for (const column of hit) if ('fki'.includes(verdictOf(row, column))) all.push([row, column]);
  return all;
}

function step(by) {
  const all = failures();
  if (!all.length) return;
  const open = view.open || {};
  const at = all.findIndex(([row, column]) => row.id === open.case && row.framing === open.of && targets[column].name === open.by);
  const [row, column] = all[at < 0 ? 0 : (at + by + all.length) % all.length];
  openCase(row, column);
}

const stepButtons = () => [['Previous failure (k)', '↑', -1], ['Next failure (j)', '↓', 1]].map(([label, sign, by]) => el('button.plain', { type: 'button', title: label, 'aria-label': label, click: () => step(by) }, sign));

function caseDetail() {
  const row = rowOf.get(`${view.open.of}\n${view.open.case}`) || rows.find((one) => one.id === view.open.case);
  const target = targetOf.get(view.open.by) || targets[0];
  if (!row || verdictOf(row, target.at) === '.') return [panelHead('No such case', null, target.name), el('p', null, 'This report has no case of that name from that target.')];
  const verdict = verdictOf(row, target.at);
  const detail = detailOf(row, target.at);
  const reason = detail && text(detail.reason);
  const nodes = [panelHead(row.id, badge(verdict, detail && text(detail.kind)), target.name, stepButtons())];
  if (reason) nodes.push(el('p.because', null, reason));
  if (detail && text(detail.known)) nodes.push(el('p.note', null, el('b', null, 'Known: '), text(detail.known)));
  if (row.why) nodes.push(el('p.why', null, row.why));
  if (detail && detail.drawn) nodes.push(part('Sent', drawBytes(detail.drawn), legend(detail.drawn)), part('Came back', drawReply(detail.drawn)));
  else if (detail && detail.expected) nodes.push(el('p.muted', null, 'Its bytes are not in this report, which draws only so many. ', el('code', null, 'framecheck show'), ' draws every case.'));
  if (detail && detail.expected) nodes.push(part('Expected and reported', drawItems(detail)));
  nodes.push(part('The case', caseFacts(row, target, detail)));
  if (detail && detail.replay !== undefined) nodes.push(part('Run it again', command(text(detail.replay) + (detail.own ? row.id : ''))));
  const findings = data.findings.filter((finding) => finding.target === target.name && (finding.from === row.id || (detail && finding.kind === text(detail.kind) && finding.framing === row.framing)));
  findings.sort((a, b) => (b.from === row.id) - (a.from === row.id));
  if (findings.length) nodes.push(part(findings[0].from === row.id ? 'Shrunk to' : 'Shrunk: a failure of the same kind', findingCard(findings[0], true)));
  if (targets.length > 1) nodes.push(part('The other targets', others(row, target)));
  return nodes;
}

function caseFacts(row, target, detail) {
  const sizes = row.sizes.map(number).join(' + ') + (row.segments > row.sizes.length ? ' + …' : '');
  const gate = GATES[target.column.gates[row.at]];
  const closes = { fin: 'FIN', reset: 'reset', hold: 'held open until all that is due has come, then FIN' };
  return facts([
    ['framing', el('code', null, row.framing)], ['level', row.level],
    ['segments', row.segments ? `${row.segments > 1 ? `${number(row.segments)}: ` : ''}${sizes} ${row.segments === 1 && row.sizes[0] === 1 ? 'byte' : 'bytes'}` : 'none: no bytes'],
    ['close', closes[row.close] || row.close],
    ['gate', gate ? `${gate}${gate === 'read' || gate === 'parser' ? ': each cut was proven to have reached a read of the target' : ': not proven'}` : null],
    ['manner', detail && detail.drawn && detail.drawn.manner], ['took', target.column.micros[row.at] ? took(target.column.micros[row.at]) : null],
    ['aimed at', row.classes.length ? el('ul.classes', null, row.classes.map((one) => el('li', null, el('b', null, `${one}`), ' ', ticked(data.classes[one] || '')))) : null],
  ]);
}
/** What stands between backquotes is code. */
const ticked = (sentence) => sentence.split('`').map((piece, at) => (at % 2 ? el('code', null, piece) : piece));
const took = (micros) => (micros < 1000 ? `${micros} µs` : micros < 1e6 ? `${(micros / 1000).toFixed(1)} ms` : `${(micros / 1e6).toFixed(1)} s`);
const facts = (pairs) => el('dl.facts', null, pairs.filter(([, value]) => value).map(([name, value]) => el('div', null, el('dt', null, name), el('dd', null, value))));

function others(row, target) {
  const each = targets.filter((one) => one !== target && verdictOf(row, one.at) !== '.');
  return el('ul.others', null, each.map((one) => {
    const detail = detailOf(row, one.at);
    return el('li', null, el('button.link', { type: 'button', click: () => openCase(row, one.at) }, badge(verdictOf(row, one.at), detail && text(detail.kind)), one.name));
  }));
}

function command(line) {
  return el('div.command', null, el('pre', { tabindex: '0' }, el('code', null, line)), copyButton('Copy', () => line));
}

function copyButton(label, what) {
  const button = el('button.plain', { type: 'button', click: async () => {
    button.textContent = (await copied(what())) ? 'Copied' : 'Select and copy it by hand';
    setTimeout(() => { button.textContent = label; }, 1500);
  } }, label);
  return button;
}

/** A page from disk may lack the clipboard's own interface. */
async function copied(words) {
  try { await navigator.clipboard.writeText(words); return true; } catch { /* The older way is tried. */ }
  const area = el('textarea.hidden', { 'aria-hidden': 'true' });
  area.value = words;
  byId('detail').append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

function findingDetail() {
  const finding = data.findings.find((one) => one.name === view.open.finding && (!view.open.by || one.target === view.open.by));
  if (!finding) return [panelHead('No such finding', null, view.open.by), el('p', null, 'This report has no finding of that name.')];
  const row = rowOf.get(`${finding.framing}\n${finding.from}`) || rows.find((one) => one.id === finding.from);
  const target = targetOf.get(finding.target);
  const nodes = [panelHead(finding.name, badge('f', finding.kind), finding.target), el('p.because', null, finding.reason || 'It fails.')];
  if (finding.note) nodes.push(el('p.note', null, finding.note));
  if (finding.drawn) nodes.push(part('Sent', drawBytes(finding.drawn), legend(finding.drawn)), part('Came back', drawReply(finding.drawn)));
  nodes.push(part('The finding', facts([
    ['framing', el('code', null, finding.framing)], ['failed', `${finding.failed} of ${finding.of} runs${finding.failed < finding.of ? ': it comes and goes' : ''}, after ${counted(finding.tries, 'try', 'tries')}`],
    ['close', finding.close], ['manner', finding.drawn && finding.drawn.manner], ['saved', finding.file && el('code', null, finding.file)],
    ['from', row && target ? el('button.link', { type: 'button', click: () => openCase(row, target.at) }, finding.from) : finding.from],
  ])));
  if (finding.replay) nodes.push(part('Run it again', command(finding.replay)));
  nodes.push(part('As a vector', command(finding.vector)));
  return nodes;
}

// ---- The sections above the grid

function drawHead() {
  const { summary, trouble } = data;
  const unknown = summary.fail - summary.known;
  const shown = summary.pass + summary.fail;
  const [kind, words] = unknown ? ['fail', 'Not conformant'] : trouble ? ['inconclusive', 'Not finished'] : !shown ? ['skip', 'Nothing was shown'] : summary.known ? ['known', 'Conformant but for what is known'] : ['pass', 'Conformant'];
  const sign = { fail: '✕', pass: '✓', known: 'K', inconclusive: '?', skip: '–' }[kind];
  document.title = `${words} · ${subject()} · framecheck`;
  let cut = 0;
  for (const target of targets) for (const gate of target.column.gates) if (gate !== '.') cut += 1;
  const share = cut ? `${Math.floor((1000 * summary.proven) / cut) / 10} %` : '–';
  const figures = [[targets.length > 1 ? 'results' : 'cases', summary.total], ['passed', summary.pass, 'pass'], ['failed', unknown, 'fail'], ['known', summary.known, 'known'], ['inconclusive', summary.inconclusive, 'inconclusive'], ['skipped', summary.skip, 'skip']];
  byId('head').append(
    el(`div.verdict.v-${kind}`, null, el('span.seal', { 'aria-hidden': 'true' }, sign), el('div', null, el('h1', null, words), el('p', null, subject(true)))),
    el('dl.figures', null, figures.filter(([name, value]) => value || name === 'failed').map(([name, value, verdict]) => el(`div${verdict && value ? `.v-${verdict}` : ''}`, null, el('dt', null, name), el('dd', null, number(value)))),
      el('div', { title: `Of ${number(cut)} results of cases with cuts, ${number(summary.proven)} had every cut proven to have reached a read of the target.` }, el('dt', null, 'cuts proven'), el('dd', null, share)),
      [['time', `${number(Math.round(data.seconds * 10) / 10)} s`], ['seed', data.seed], ['framecheck', data.version]].map(([name, value]) => el('div.aside', null, el('dt', null, name), el('dd', null, value)))),
    bar(summary),
    ...[...(trouble ? [['It ended early', trouble]] : []), ...data.notes.map((note) => ['Note', note])].map(([title, line]) => el('p.note', null, el('b', null, `${title}: `), line)));
  byId('foot').append(`framecheck ${data.version}: this page is whole, and asks no network for anything.`);
}

function subject(long) {
  const tried = targets.filter((target) => !target.skipped).length;
  if (targets.length > 1) return long ? `${tried} targets on ${counted(new Set(rows.map((row) => row.framing)).size, 'framing')}, ${counted(rows.length, 'case')}` : counted(targets.length, 'target');
  const [one] = targets;
  return long ? el('span', null, el('code', null, one.address), one.framings[0] === 'all' ? ', with all framings' : ` as ${one.framings.join(', ')}`) : one.name;
}

function bar(summary) {
  const parts = [['pass', summary.pass], ['fail', summary.fail - summary.known], ['known', summary.known], ['inconclusive', summary.inconclusive], ['skip', summary.skip]].filter(([, many]) => many);
  return el('div.stack', { role: 'img', 'aria-label': parts.map(([word, many]) => `${many} ${word}`).join(', ') }, parts.map(([word, many]) => {
    const piece = el(`i.v-${word}`, { title: `${number(many)} ${word}` });
    piece.style.flexGrow = many;
    return piece;
  }));
}

const about = (target) => [target.name, ...Object.entries(target.about).map(([name, value]) => `${name}: ${value}`), target.skipped && `skipped: ${target.skipped}`].filter(Boolean).join('\n');

function drawTargets() {
  const name = (target) => el('td', null, el('b', null, target.name), target.address === target.name ? null : el('code.address', { title: target.address }, target.address));
  const what = (target) => {
    const { library, version, language, ...rest } = target.about;
    const first = [library, version].filter(Boolean).join(' ');
    const links = Object.entries(rest).map(([key, value]) => (/^https?:\/\//i.test(value) ? linked(value, key) : el('span', null, `${key}: ${value}`)));
    return el('td.what', null, el('span', null, first, first && language ? ', ' : '', el('span.muted', null, language || '')), el('span.more', null, links.flatMap((link, at) => (at ? [' · ', link] : [link]))));
  };
  const known = targets.some((target) => Object.keys(target.about).length);
  const result = (target) => (target.skipped ? el('td.why', { colspan: 2 }, badge('s', 'not tried'), ` ${target.skipped}`) : [el('td.graph', null, bar(target.summary), target.trouble ? el('span.muted', null, `ended early: ${target.trouble}`) : null), el('td.numbers', null, tallies(target))]);
  byId('targets').append(el('div.title', null, el('h2', { id: 'targets-title' }, targets.length > 1 ? 'Targets' : 'Target')), el('div.scroll', null, el('table.targets', null,
    el('thead', null, el('tr', null, ['target', known ? 'what it is' : null, 'tried with', 'results', ''].filter((label) => label !== null).map((label) => el('th', { scope: 'col' }, label)))),
    el('tbody', null, targets.map((target) => el('tr', null, name(target), known ? what(target) : null,
      el('td', null, el('code', { title: target.framings.join('\n') }, target.framings.length > 3 ? counted(target.framings.length, 'framing') : target.framings.join(', ')), el('span.muted', null, `${target.observe}, gate ${target.gate}`)), result(target)))))));
}

function tallies(target) {
  const { pass, fail, known, skip, inconclusive } = target.summary;
  const pieces = [['f', fail - known], ['k', known], ['i', inconclusive], ['p', pass], ['s', skip]].filter(([, many]) => many);
  return pieces.map(([verdict, many]) => el(`button.tally.v-${VERDICTS[verdict].word}`, { type: 'button', title: `Show these ${number(many)} cases`, click: () => { change({ ...fresh(), v: verdict, target: targets.length > 1 ? target.name : '' }); byId('cases').scrollIntoView(); grid.focus({ preventScroll: true }); } },
    el('b', { 'aria-hidden': 'true' }, VERDICTS[verdict].sign), ` ${number(many)}`, el('span.hidden', null, ` ${VERDICTS[verdict].many}`)));
}

const CARDS = 6;
function drawFindings() {
  const cards = data.findings.length ? data.findings.map((finding) => findingCard(finding)) : failureCards();
  if (!cards.length) return;
  const list = el('div.cards', null, cards.slice(0, CARDS));
  const more = cards.length > CARDS ? el('button.plain', { type: 'button', click: () => { list.append(...cards.slice(CARDS)); more.remove(); } }, `Show all ${cards.length}`) : null;
  byId('findings').hidden = false;
  byId('findings').append(el('div.title', null, el('h2', { id: 'findings-title' }, data.findings.length ? 'What is wrong' : 'What is wrong, by kind'),
    el('p', null, data.findings.length ? `${counted(data.findings.length, 'finding')}, each the smallest case that still fails in its way` : 'one case for each kind of failure')), list, ...(more ? [more] : []));
}

function findingCard(finding, plain) {
  const sum = finding.segments.length;
  return el('article.card', null,
    el('header', null, badge('f', finding.kind), targets.length > 1 && !plain ? el('span.target', null, finding.target) : null, el('code.muted', null, finding.framing)),
    el('p', null, finding.reason || finding.name), finding.drawn ? drawBytes(finding.drawn, 24) : null,
    el('footer', null, el('span', null, `${sum === 1 ? 'whole' : counted(sum, 'segment')} · failed ${finding.failed} of ${finding.of}`), el('button.open', { type: 'button', 'aria-label': `Open ${finding.name}`, click: () => openFinding(finding) }, 'Open')));
}

/** Without findings: of each target and kind the case with the fewest bytes. */
function failureCards() {
  const kinds = new Map();
  for (const detail of data.details) {
    if (verdictOf(rows[detail.row], detail.column) !== 'f') continue;
    const group = entry(kinds, `${detail.column}\n${detail.kind}`, () => ({ least: detail, many: 0 }));
    group.many += 1;
    const bytes = (one) => (one.drawn ? one.drawn.length : Infinity);
    if (bytes(detail) < bytes(group.least)) group.least = detail;
  }
  return [...kinds.values()].sort((a, b) => b.many - a.many).map(({ least, many }) => {
    const row = rows[least.row];
    return el('article.card', null, el('header', null, badge('f', text(least.kind)), targets.length > 1 ? el('span.target', null, targets[least.column].name) : null, el('code.muted', null, row.framing)),
      el('p', null, text(least.reason)), least.drawn ? drawBytes(least.drawn, 24) : null,
      el('footer', null, el('span', null, counted(many, 'case')), el('button.open', { type: 'button', 'aria-label': `Open ${row.id}`, click: () => openCase(row, least.column) }, 'Open')));
  });
}

function drawDifferences() {
  if (!data.differences.length) return;
  byId('differences').hidden = false;
  byId('differences').append(el('div.title', null, el('h2', { id: 'differences-title' }, 'Where targets differ'), el('p', null, counted(data.differences.length, 'way', 'ways'))),
    el('p.lead', null, 'The same bytes, framed differently. Two parties of one conversation that differ so can be made to see different messages in it: what one takes for the body of a request, the next takes for a request of its own. That is request smuggling.'),
    ...data.differences.map(differenceCard));
}

function differenceCard(difference) {
  const row = rowOf.get(`${difference.framing}\n${difference.example}`);
  const cluster = (group) => el(`div.group${group.conforms ? '.conforms' : ''}`, null,
    el('p', null, group.conforms ? el('span.badge.v-pass', null, el('b', null, '✓'), 'as the reference') : el('span.badge.v-fail', null, el('b', null, '✕'), 'differs')),
    el('ul.names', null, group.targets.map((name) => el('li', null, name))),
    el('ol.answer', null, group.answer.length ? group.answer.slice(0, 20).map((item) => el('li', null, item)) : el('li', null, 'nothing'), group.answer.length > 20 ? el('li', null, `… ${group.answer.length - 20} more`) : null));
  return el('article.difference', null,
    el('header', null, el('code', null, difference.framing), el('span.space'), el('button.link', { type: 'button', click: () => { change({ ...fresh(), framing: difference.framing, differ: true }); byId('cases').scrollIntoView(); grid.focus({ preventScroll: true }); } }, counted(difference.cases, 'case'))),
    row && row.why ? el('p', null, row.why) : null, drawBytes(difference.drawn, 160), legend(difference.drawn), el('div.groups', null, difference.groups.map(cluster)));
}

// ---- The page

function drawSections() {
  for (const [id, label, many] of [['findings', 'Wrong', data.findings.length], ['differences', 'Differences', data.differences.length], ['targets', 'Targets', targets.length], ['cases', 'Cases', rows.length]]) {
    if (byId(id).hidden) continue;
    byId('sections').append(el('a', { href: '#', click: (event) => { event.preventDefault(); byId(id).scrollIntoView(); } }, label, many ? el('span.many', null, number(many)) : null));
  }
}

const THEMES = ['', 'light', 'dark'];
function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme;
  byId('theme-word').textContent = { '': 'System', light: 'Light', dark: 'Dark' }[theme];
  // A page from disk may not be allowed to keep anything.
  try { if (theme) localStorage.setItem('framecheck-theme', theme); else localStorage.removeItem('framecheck-theme'); } catch { return; }
}

function makeTheme() {
  let kept = '';
  try { kept = localStorage.getItem('framecheck-theme') || ''; } catch { kept = ''; }
  setTheme(THEMES.includes(kept) ? kept : '');
  byId('theme').addEventListener('click', () => setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme || '') + 1) % THEMES.length]));
}

function makeKeys() {
  const keys = [['/', 'filter'], ['↑ ↓ ← →', 'move in the grid; ← and → fold and unfold at a name'], ['Enter', 'open the cell'], ['Space', 'fold, unfold'], ['j  k', 'next, previous failure'], ['g', 'to the grid'], ['Esc', 'close'], ['?', 'these keys']];
  byId('keys').append(el('h2', { id: 'keys-title' }, 'Keys'), el('dl', null, keys.map(([key, does]) => el('div', null, el('dt', null, el('kbd', null, key)), el('dd', null, does)))), el('form', { method: 'dialog' }, el('button.plain', null, 'Close')));
  byId('help').addEventListener('click', () => byId('keys').showModal());
}

function pageKey(event) {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return;
  if (event.key === 'Escape') {
    if (typing) event.target.blur();
    else shutDetail();
    return;
  }
  if (typing) return;
  const does = { '/': () => { byId('q').focus(); byId('q').select(); }, '?': () => byId('keys').showModal(), j: () => step(1), k: () => step(-1), g: () => grid.focus() }[event.key];
  if (does) { event.preventDefault(); does(); }
}

/** On paper there is no scrolling: the first lines are there, and how many are not. */
function printed() {
  const most = 400;
  byId('body').replaceChildren(...lines.slice(0, most).map(drawLine));
  byId('foot').dataset.left = lines.length > most ? `${number(lines.length - most)} further lines are in the page itself` : '';
}

function start() {
  makeTheme();
  drawHead();
  drawTargets();
  drawFindings();
  drawDifferences();
  makeFilters();
  drawSections();
  makeKeys();
  byId('key').append(...[...verdictButtons.keys()].map((verdict) => el('span', null, el(`i.v-${VERDICTS[verdict].word}`, null, VERDICTS[verdict].sign), VERDICTS[verdict].word)));
  restore();
  let asked = 0;
  grid.addEventListener('scroll', () => { cancelAnimationFrame(asked); asked = requestAnimationFrame(drawLines); }, { passive: true });
  grid.addEventListener('keydown', gridKey);
  new ResizeObserver(drawLines).observe(grid);
  document.addEventListener('keydown', pageKey);
  document.querySelector('.jump').addEventListener('click', (event) => { event.preventDefault(); grid.focus(); });
  window.addEventListener('popstate', restore);
  window.addEventListener('beforeprint', printed);
  window.addEventListener('afterprint', relay);
}

start();
// How long a reader waited, for whoever measures it.
performance.mark('drawn');
