'use strict';
// The fragment holds the filters, so that a view can be linked to: #filter=orders&callers=ecs-1&refused=on
const controls = Object.fromEntries(['filter', 'callers', 'refused'].map(id => [id, document.getElementById(id)]));
const words = input => input.value.toLowerCase().split(/\s+/).filter(Boolean);
const matches = (text, wanted) => wanted.every(word => text.toLowerCase().includes(word));

function apply() {
  const wanted = words(controls.filter), callers = words(controls.callers), refused = controls.refused.checked;
  const columns = [...document.querySelectorAll('[data-caller]')].map(head => head.hidden = !matches(head.dataset.caller, callers));
  for (const row of document.querySelectorAll('#matrix tbody tr')) {
    columns.forEach((hidden, i) => row.cells[i + 1].hidden = hidden);
  }
  for (const section of document.querySelectorAll('section')) {
    const entries = [...section.querySelectorAll('li, tbody tr')];
    for (const entry of entries) {
      entry.hidden = !matches(entry.dataset.filter ?? entry.textContent, wanted) ||
        refused && section.id === 'matrix' && !entry.querySelector('.bad:not([hidden]), .part:not([hidden])');
    }
    const shown = entries.filter(entry => !entry.hidden).length;
    section.querySelector('small').textContent = shown === entries.length ? shown : `${shown} of ${entries.length}`;
  }
  for (const heading of document.querySelectorAll('h3')) {
    heading.hidden = wanted.length > 0 && !heading.nextElementSibling.querySelector('li:not([hidden])');
  }
}

// read takes the filters from the fragment. A link to a part of the page changes none, but shows what it leads to.
function read() {
  const fragment = location.hash.slice(1), view = new URLSearchParams(fragment);
  const target = document.getElementById(fragment);
  if (target) {
    if (target.hidden) {
      controls.filter.value = '';
      apply();
      target.scrollIntoView();
    }
    return;
  }
  controls.filter.value = view.get('filter') ?? '';
  controls.callers.value = view.get('callers') ?? '';
  controls.refused.checked = view.has('refused');
  apply();
}

function write() {
  const view = new URLSearchParams();
  if (controls.filter.value) view.set('filter', controls.filter.value);
  if (controls.callers.value) view.set('callers', controls.callers.value);
  if (controls.refused.checked) view.set('refused', 'on');
  history.replaceState(null, '', '#' + view);
  apply();
}

document.getElementById('controls').hidden = false;
document.getElementById('controls').addEventListener('input', write);
window.addEventListener('hashchange', read);
read();
