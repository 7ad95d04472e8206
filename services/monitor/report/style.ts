/** The look of the report and of the live page: system fonts, light and dark by the reader's setting. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa;
  --card: #ffffff;
  --text: #1d2126;
  --soft: #5b6570;
  --line: #dfe3e7;
  --accent: #0b62b5;
  --bad: #b3261e;
  --kernel: #6b7280;
  --anonymous: #2563eb;
  --clean: #0e9f8a;
  --dirty: #d97706;
  --free: #cfe8d5;
  --balloon: #c9b3ea;
  --in: #c2410c;
  --out: #7c3aed;
  --target: #6d28d9;
  --actual: #0b62b5;
  --line1: #0b62b5;
  --line2: #c2410c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a;
    --card: #1b1f24;
    --text: #e6e9ec;
    --soft: #9aa5b1;
    --line: #323941;
    --accent: #7cb7f5;
    --bad: #ff8a80;
    --kernel: #8b95a1;
    --anonymous: #5b8def;
    --clean: #2bb8a3;
    --dirty: #e59a3c;
    --free: #33533d;
    --balloon: #5e4a86;
    --in: #f0855a;
    --out: #b18cf5;
    --target: #b69cf3;
    --actual: #7cb7f5;
    --line1: #7cb7f5;
    --line2: #f0855a;
  }
}
* {
  box-sizing: border-box;
}
body {
  margin: 0;
  background: var(--page);
  color: var(--text);
  font:
    15px / 1.5 system-ui,
    sans-serif;
}
main,
header {
  max-width: 1240px;
  margin: 0 auto;
  padding: 0 20px;
}
header {
  padding-top: 28px;
}
h1 {
  font-size: 26px;
  margin: 0 0 4px;
  font-weight: 650;
}
h2 {
  font-size: 19px;
  margin: 36px 0 12px;
  font-weight: 650;
}
p {
  margin: 4px 0;
}
.soft {
  color: var(--soft);
}
.bad {
  color: var(--bad);
  font-weight: 600;
}
code {
  font:
    13px ui-monospace,
    monospace;
  overflow-wrap: anywhere;
}
.figures {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(210px, 1fr));
  gap: 12px;
  margin: 20px 0;
  padding: 0;
}
.figures div {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 10px 14px;
}
.figures dt {
  color: var(--soft);
  font-size: 13px;
}
.figures dd {
  margin: 0;
  font-size: 20px;
  font-weight: 600;
  font-variant-numeric: tabular-nums;
}
.charts {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr));
  gap: 16px;
}
figure {
  margin: 0;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 8px;
  padding: 12px 12px 6px;
  min-width: 0;
}
figcaption {
  font-weight: 600;
  margin-bottom: 2px;
}
figcaption small {
  display: block;
  font-weight: 400;
  color: var(--soft);
  font-size: 13px;
}
.pick {
  position: sticky;
  top: 0;
  z-index: 3;
  background: var(--page);
  padding: 10px 0;
  display: flex;
  gap: 10px;
  align-items: center;
  flex-wrap: wrap;
}
select,
button {
  font: inherit;
  color: inherit;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 6px;
  padding: 5px 10px;
  max-width: 100%;
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 2px;
}
.scroll {
  overflow-x: auto;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 8px;
  max-height: 640px;
  overflow-y: auto;
  margin-bottom: 16px;
}
table {
  border-collapse: collapse;
  width: 100%;
  font-variant-numeric: tabular-nums;
  font-size: 14px;
}
caption {
  text-align: left;
  font-weight: 600;
  padding: 10px 9px;
}
th,
td {
  padding: 5px 9px;
  text-align: right;
  white-space: nowrap;
  border-top: 1px solid var(--line);
}
th[scope="row"],
th:first-child {
  text-align: left;
}
thead th {
  color: var(--soft);
  font-weight: 600;
  position: sticky;
  top: 0;
  background: var(--card);
}
tbody th {
  font-weight: 500;
}
td.text,
.text td {
  text-align: left;
  white-space: normal;
}
.u-legend {
  font-size: 12.5px;
  color: var(--text);
  text-align: left;
}
.u-legend th {
  font-weight: 500;
  border: 0;
  padding: 0 2px;
}
.u-legend td {
  border: 0;
  padding: 0 2px;
  text-align: left;
}
a {
  color: var(--accent);
}
.bar {
  display: flex;
  height: 12px;
  min-width: 220px;
  border-radius: 3px;
  overflow: hidden;
  background: var(--line);
}
.bar span {
  height: 100%;
}
footer {
  max-width: 1240px;
  margin: 40px auto 30px;
  padding: 0 20px;
  color: var(--soft);
  font-size: 13px;
}
@media print {
  .pick {
    position: static;
  }
  .scroll {
    max-height: none;
  }
}
`;
