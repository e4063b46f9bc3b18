/** The report's style sheet. */
export const STYLE = `
body {
  max-width: 1100px;
  margin: 2rem auto;
  padding: 0 1rem;
  font: 15px/1.5 system-ui, sans-serif;
  color: #222;
  background: #fff;
}
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; text-align: left; border-bottom: 1px solid #ddd; }
td { font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(500px, 100%), 1fr)); gap: 2.5rem 2rem; margin: 2rem 0; }
.wide { grid-column: 1 / -1; }
figure { margin: 0; max-width: 100%; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: 0.9rem; color: #555; }
pre { white-space: pre-wrap; max-width: 80ch; font-size: 0.85rem; }
.stopped { padding: 0.5rem 1rem; background: #fff4d6; }
`;
