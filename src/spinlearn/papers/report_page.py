# ruff: noqa: E501 (the page's own lines)
"""The report's page: its HTML as a template, its style and its script, which need no other file."""

STYLE = """
:root { color-scheme: light dark; --back: #fff; --panel: #f4f7fa; --line: #d5dde5; --text: #1b2733; --soft: #51606e;
  --accent: #0b5e94; --good: #00704f; --bad: #b03a00; --open: #6a5a00; --small: #5a6672; --holds: #bfe3d3; }
@media screen { :root[data-theme="dark"] { color-scheme: dark; --back: #12181f; --panel: #1a232d; --line: #33404d; --text: #e4ebf2; --soft: #a8b5c2;
  --accent: #7cc0f0; --good: #56d0a5; --bad: #ff9b6b; --open: #e6cf5a; --small: #a8b5c2; --holds: #1f5a48; } }
:root[data-theme="light"] { color-scheme: light; }
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; --back: #12181f; --panel: #1a232d;
  --line: #33404d; --text: #e4ebf2; --soft: #a8b5c2; --accent: #7cc0f0; --good: #56d0a5; --bad: #ff9b6b; --open: #e6cf5a;
  --small: #a8b5c2; --holds: #1f5a48; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); margin: 0; }
main, header, footer { max-width: 1280px; margin: 0 auto; padding: 1rem 1.25rem; }
section, article, li, h2, h3 { scroll-margin-top: 4rem; } caption { text-align: left; }
h1 { font-size: 1.9rem; margin: .4rem 0 .2rem; } h2 { margin: 2.6rem 0 .3rem; font-size: 1.45rem; border-top: 3px solid var(--accent); padding-top: .8rem; }
h3 { margin: 0 0 .5rem; font-size: 1.1rem; } a { color: var(--accent); } p { margin: .3rem 0 .7rem; } code { overflow-wrap: anywhere; }
.lead { font-size: 1.05rem; max-width: 60em; } .soft { color: var(--soft); font-size: .88rem; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 1rem; top: 1rem; background: var(--back); padding: .5rem; z-index: 9; }
.tools { position: sticky; top: 0; z-index: 5; background: var(--back); border-bottom: 1px solid var(--line); }
.tools > div { max-width: 1280px; margin: 0 auto; padding: .5rem 1.25rem; display: flex; flex-wrap: wrap; gap: .45rem; align-items: center; }
input[type=search] { font: inherit; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: var(--text); flex: 1 1 12rem; min-width: 0; }
button { font: inherit; font-size: .88rem; padding: .3rem .65rem; border: 1px solid var(--line); border-radius: 999px; background: var(--panel); color: var(--text); cursor: pointer; }
button[aria-pressed=true] { background: var(--accent); color: var(--back); border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 23rem), 1fr)); gap: 1rem; margin: 1rem 0; padding: 0; list-style: none; }
.card { border: 1px solid var(--line); border-radius: 10px; padding: .9rem; background: var(--panel); display: flex; flex-direction: column; }
.card img { width: 100%; height: 11rem; object-fit: contain; background: #fff; border-radius: 6px; margin-bottom: .6rem; }
.card h3 a { text-decoration: none; } .card p { flex: 1; }
.counts { display: flex; flex-wrap: wrap; gap: .3rem .9rem; margin: 0; padding: 0; list-style: none; font-size: .88rem; }
.verdict { font-weight: 600; white-space: nowrap; }
.reproduced { color: var(--good); } .not-reproduced { color: var(--bad); } .inconclusive { color: var(--open); } .too-small-to-judge { color: var(--small); }
.entry { margin: 1.2rem 0 2rem; display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.2rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.entry h3, .entry .sizes, .entry .matrix { grid-column: 1 / -1; } .matrix { overflow-x: auto; font-size: .85rem; } .entry.bare { grid-template-columns: minmax(0, 46rem); }
figure { margin: 0; } .zoom { display: block; width: var(--share); padding: 0; border: 1px solid var(--line); border-radius: 8px; background: #fff; cursor: zoom-in; overflow: hidden; }
.zoom img { display: block; width: 100%; height: auto; } figcaption { margin-top: .5rem; font-size: .9rem; color: var(--soft); }
.claims { list-style: none; margin: 0; padding: 0; } .claim { padding: .55rem 0; border-bottom: 1px solid var(--line); font-size: .92rem; }
.claim:first-child { padding-top: 0; } .claim p { margin: .1rem 0; } .numbers { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: center; }
.interval .holds { fill: var(--holds); } .interval .limit { stroke: var(--good); stroke-width: 1.5; } .interval .error { stroke: var(--text); stroke-width: 2; } .interval circle { fill: var(--text); }
details summary { cursor: pointer; color: var(--soft); font-size: .85rem; }
.claim details { font-size: .86rem; color: var(--soft); }
table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem .8rem .25rem 0; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
td meter { width: 12rem; } pre { background: var(--panel); padding: .8rem; overflow-x: auto; font-size: .8rem; border-radius: 6px; }
.graph { background: #fff; border-radius: 8px; padding: .5rem; overflow-x: auto; } .graph svg { max-width: 100%; height: auto; }
dialog { max-width: 96vw; max-height: 96vh; padding: .5rem; border: 0; border-radius: 8px; background: #fff; } dialog::backdrop { background: rgb(0 0 0 / .75); }
dialog img { display: block; max-width: 93vw; max-height: 88vh; } dialog form { text-align: right; } dialog button { color: #1b2733; background: #f4f7fa; }
[hidden] { display: none !important; }
@media (max-width: 60rem) { .entry { grid-template-columns: minmax(0, 1fr); } .tools { position: static; } .zoom { width: 100%; } td meter { width: 6rem; } }
@media print { .tools, .skip, dialog { display: none; } .entry { break-inside: avoid; } body { font-size: 11px; } .card img { height: 7rem; } }
"""

SCRIPT = """
(() => {
  const root = document.documentElement, all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const search = document.querySelector('#search'), buttons = all('[data-filter]'), state = document.querySelector('#state');
  const entries = all('.entry'), total = all('.claim').length;
  const apply = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const wanted = buttons.filter(b => b.getAttribute('aria-pressed') === 'true').map(b => b.dataset.filter);
    let shown = 0;
    for (const entry of entries) {
      const head = entry.dataset.words;
      let visible = 0;
      for (const claim of all('.claim', entry)) {
        const text = head + ' ' + claim.textContent.toLowerCase();
        const keep = (!wanted.length || wanted.includes(claim.dataset.verdict)) && words.every(w => text.includes(w));
        claim.hidden = !keep;
        visible += keep;
      }
      entry.hidden = !visible && (wanted.length > 0 || !words.every(w => head.includes(w)));
      shown += visible;
    }
    for (const part of all('section.paper')) part.hidden = all('.entry', part).every(entry => entry.hidden);
    state.textContent = `${shown} of ${total} claims`;
  };
  search.addEventListener('input', apply);
  for (const button of buttons) button.addEventListener('click', () => {
    button.setAttribute('aria-pressed', button.getAttribute('aria-pressed') !== 'true');
    apply();
  });
  document.addEventListener('keydown', event => {
    if (event.key === '/' && event.target !== search) { event.preventDefault(); search.focus(); }
    if (event.key === 'Escape' && event.target === search) { search.value = ''; apply(); }
  });
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.querySelector('#theme').addEventListener('click', () => { root.dataset.theme = dark() ? 'light' : 'dark'; });
  const dialog = document.querySelector('dialog'), large = dialog.querySelector('img');
  for (const button of all('.zoom')) button.addEventListener('click', () => {
    const picture = button.querySelector('img');
    large.src = picture.src; large.alt = picture.alt; large.hidden = false;
    dialog.showModal();
  });
  dialog.addEventListener('click', event => { if (event.target === dialog || event.target === large) dialog.close(); });
  apply();
})();
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>spinlearn: report</title>
<link rel="icon" href="data:,">
<style>{{ style | safe }}</style>
</head>
<body>
<a class="skip" href="#figures">Skip to the figures</a>
<header>
<h1>spinlearn: report</h1>
<p class="lead">What papers claim about learning from quantum many-body data, and what this run found at the sizes of
its configuration.</p>
{% for origin, counts in totals.items() %}<ul class="counts" id="{{ origin }}"><li>{{ subjects[origin] }}: {{ counts.values() | sum }}</li>
{% for verdict, count in counts.items() %}<li class="verdict {{ verdict | replace(' ', '-') }}">{{ signs[verdict] }} {{ count }} {{ verdict }}</li>
{% endfor %}</ul>
{% endfor %}<p class="soft">{{ expected_errors }} Small pictures: the bar is the value with two standard errors, the claim holds in the
shaded range; a verdict from few runs needs more than two errors. Tables: <a href="scorecard.md">scorecard.md</a>, <a href="scorecard.csv">scorecard.csv</a>.</p>
<ul class="cards">
{% for part in parts %}<li class="card">{% if part.cover %}<img src="{{ part.cover.data }}" alt="{{ part.cover.title }}: {{ part.cover.caption }}">{% endif %}
<h3><a href="#{{ part.key }}">{{ part.title }}</a></h3>
<p>{{ part.card.sentence }}</p>
{% for origin, counts in part.counts.items() %}<ul class="counts"><li>{{ subjects[origin] }}: {{ counts.values() | sum }}</li>{% for verdict, count in counts.items() if count %}<li class="verdict {{ verdict | replace(' ', '-') }}">{{ signs[verdict] }} {{ count }} {{ verdict }}</li>{% endfor %}</ul>
{% endfor %}</li>
{% endfor %}</ul>
</header>
<nav class="tools" aria-label="Filter"><div>
<input id="search" type="search" placeholder="Search claims and captions ( / )" aria-label="Search claims and captions">
{% for verdict in signs %}<button type="button" data-filter="{{ verdict }}" aria-pressed="false">{{ signs[verdict] }} {{ verdict }}</button>
{% endfor %}<span id="state" class="soft" role="status"></span>
<button type="button" id="theme">Dark / light</button>
</div></nav>
<main id="figures">
{% for part in parts %}<section class="paper" id="{{ part.key }}">
<h2>{{ part.title }}</h2>
<p class="lead">{{ part.card.sentence }}{% if part.card.link %} <a href="{{ part.card.link }}">{{ part.card.reference }}</a>{% endif %}</p>
{% for entry in part.entries %}<article class="entry{{ ' bare' if not entry.claims }}" id="{{ entry.picture.name | replace('/', '-') }}" data-words="{{ entry.words }}">
<h3>{{ entry.picture.title }}</h3>
<figure><button type="button" class="zoom" style="--share: {{ [70, (100 * entry.picture.width / widest) | round | int] | max }}%" aria-label="Enlarge: {{ entry.picture.title }}"><img loading="lazy" src="{{ entry.picture.data }}" alt="{{ entry.picture.title }}: {{ entry.picture.caption }}" width="{{ entry.picture.width }}" height="{{ entry.picture.height }}"></button>
<figcaption>{{ entry.picture.caption }} <a href="figures/{{ entry.picture.name }}.csv">Numbers (CSV)</a>, <a href="figures/{{ entry.picture.name }}.pdf">PDF</a></figcaption></figure>
{% if entry.claims %}<ul class="claims">{% for row in entry.claims %}<li class="claim" id="{{ row.key }}" data-verdict="{{ row.verdict }}">
<p><span class="verdict {{ row.verdict | replace(' ', '-') }}">{{ signs[row.verdict] }} {{ row.verdict }}</span>{% if row.origin == "spinlearn" %} <span class="soft">(our own claim)</span>{% endif %}</p>
<p>{{ row.claim }}</p>
<div class="numbers"><span>{% if row.measured_text %}<b>{{ row.measured_text }}</b>{% else %}not measured{% endif %}</span>{{ row.interval | safe }}<span class="soft">published: {{ row.published }}</span></div>
{% if row.needs_text or row.note_text %}<details><summary>{% if row.verdict == "too small to judge" %}What it needs{% else %}Details{% endif %}</summary>
{% if row.needs_text %}<p>Needs {{ row.needs_text }}.</p>{% endif %}{% if row.note_text %}<p>{{ row.note_text }}</p>{% endif %}<p><code>{{ row.key }}</code></p></details>{% endif %}</li>
{% endfor %}</ul>
{% if entry.sizes | length == 1 %}<p class="sizes soft">Sizes: {{ entry.sizes[0] }}</p>
{% else %}<details class="sizes soft"><summary>Sizes: {{ entry.sizes[0] }}; others differ</summary><ul>{% for scale in entry.sizes[1:] %}<li>{{ scale }}</li>{% endfor %}</ul></details>
{% endif %}{% endif %}
{% for table in tables.get(entry.picture.name, ()) %}<details class="matrix"{{ ' open' if loop.first }}><summary>{{ table.title }}, mean ± standard error</summary>
<table><thead><tr>{% for cell in table.header %}<th scope="col">{{ cell }}</th>{% endfor %}</tr></thead><tbody>
{% for row in table.rows %}<tr><th scope="row">{{ row[0] }}</th>{% for cell in row[1:] %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}{% if table.bound %}<tr><th scope="row"><i>{{ table.bound[0] }}</i></th>{% for cell in table.bound[1:] %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endif %}</tbody></table></details>
{% endfor %}</article>
{% endfor %}</section>
{% endfor %}</main>
<footer>
<h2 id="run">This run</h2>
<p>spinlearn {{ provenance.spinlearn }}, commit <code>{{ provenance.git_commit }}</code>.
Packages: {% for name, version in provenance.packages.items() %}{{ name }} {{ version }}{{ ", " if not loop.last }}{% endfor %}.</p>
{% if costs %}<table><caption class="soft">Core-minutes of the jobs, per stage</caption><tbody>
{% for stage, minutes in costs.items() %}<tr><th scope="row">{{ stage }}</th><td class="number">{{ "%.1f" | format(minutes) }}</td><td><meter value="{{ minutes }}" max="{{ longest }}" aria-label="share of {{ stage }}"></meter></td></tr>
{% endfor %}</tbody></table>{% endif %}
{% if graph %}<h3 id="workflow">Workflow</h3><div class="graph" role="img" aria-label="The rules and what they feed">{{ graph | safe }}</div>{% endif %}
<h3 id="configuration">Configuration</h3>
<details><summary>Every setting of this run</summary><pre>{{ configuration }}</pre></details>
</footer>
<dialog aria-label="Enlarged figure"><form method="dialog"><button>Close</button></form><img hidden alt=""></dialog>
<script>{{ script | safe }}</script>
</body></html>
"""
