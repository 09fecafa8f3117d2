import { byId } from './dom.mjs';

/** Tabs by the ARIA pattern: arrows, Home and End move, and the address keeps the open one. */
export function openTabs(whenShown) {
  const tabs = [...document.querySelectorAll('[role=tab]')];
  const nameOf = (tab) => tab.getAttribute('aria-controls');
  const select = (chosen) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      byId(nameOf(tab)).hidden = !isChosen;
    }
    history.replaceState(null, '', `#${nameOf(chosen)}`);
    byId(nameOf(chosen)).dispatchEvent(new Event('shown'));
    whenShown[nameOf(chosen)]?.();
  };
  const move = (tab) => (select(tab), tab.focus());
  tabs.forEach((tab, index) => {
    tab.addEventListener('click', () => select(tab));
    tab.addEventListener('keydown', (event) => {
      const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      move(tabs.at(to % tabs.length));
    });
  });
  const fromAddress = () => tabs.find((tab) => `#${nameOf(tab)}` === location.hash);
  addEventListener('hashchange', () => fromAddress() && select(fromAddress()));
  select(fromAddress() ?? tabs[0]);
}
