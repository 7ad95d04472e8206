/** Colours, light and dark by the reader's setting (charts read them by name), and text. */
export const PALETTE = `
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
`;
