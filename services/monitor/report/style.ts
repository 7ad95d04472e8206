/** The look of the report and of the live page. */
import { PALETTE } from "./palette.ts";

export const STYLE = `${PALETTE}
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
.key i {
  display: inline-block;
  width: 12px;
  height: 12px;
  border-radius: 3px;
  margin: 0 5px 0 14px;
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
