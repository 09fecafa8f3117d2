/** The style of the page: two columns, one on a narrow screen; light or dark like the reader's system. */
export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --mark: light-dark(#0a58ca, #7db2ff); }
body { margin: 0; display: grid; grid-template-columns: 15rem minmax(0, 1fr); font: 15px/1.5 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line); box-sizing: border-box; }
nav a { display: block; padding: .15rem 0; overflow-wrap: anywhere; }
nav b { display: block; margin-top: .8rem; }
main { padding: 1rem 2rem 4rem; max-width: 70rem; }
a { color: var(--mark); text-decoration: none; }
h1 small, h3 code { font-weight: 400; font-size: .75em; }
section { margin-top: 3rem; border-top: 2px solid var(--line); }
article { margin: 1.5rem 0; padding: .2rem 1.2rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
code, pre { font: .88em ui-monospace, monospace; background: var(--soft); border-radius: .2rem; padding: .1em .3em; overflow-wrap: anywhere; }
pre { padding: .8rem; overflow: auto; }
.text { white-space: pre-line; }
.settings code { display: inline-block; margin: 0 .2rem .3rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
i { opacity: .7; }
summary { cursor: pointer; padding: .3rem 0; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
`;
