/** Styles of the box that shows what a point or a bar stands for. */
export const TOOLTIP_STYLE = `
.tooltip {
  position: absolute;
  max-width: 16rem;
  padding: 0.3rem 0.6rem;
  font-size: 0.85rem;
  white-space: pre-line;
  pointer-events: none;
  color: var(--page);
  background: var(--text);
  border-radius: 4px;
}
.tooltip[hidden] { display: none; }
`;

/**
 * Shows the text of the mark that is nearest to the pointer, or to the finger. Vega writes the text
 * for screen readers. A mark need not be hit, since points are small.
 */
export const TOOLTIP_SCRIPT = `
const MARKS = '[aria-label]:is([aria-roledescription="point"], [aria-roledescription="bar"])';
const REACH = 24;
const tooltip = document.createElement('div');
tooltip.className = 'tooltip';
tooltip.hidden = true;
document.body.append(tooltip);

function show({target, clientX, clientY}) {
  const distance = mark => {
    const {left, right, top, bottom} = mark.getBoundingClientRect();
    const outside = (low, at, high) => Math.max(low - at, 0, at - high);
    return Math.hypot(outside(left, clientX, right), outside(top, clientY, bottom));
  };
  const svg = target instanceof Element ? target.closest('figure svg') : null;
  const [nearest] = [...(svg?.querySelectorAll(MARKS) ?? [])]
    .map(mark => ({mark, far: distance(mark)}))
    .sort((a, b) => a.far - b.far);
  tooltip.hidden = nearest == null || nearest.far > REACH;
  if (tooltip.hidden) return;
  const parts = nearest.mark.getAttribute('aria-label').split('; ');
  const rounded = number => Number(Number(number).toPrecision(3));
  tooltip.textContent = parts
    .map(part => part.replace(/^label: /, '').replace(/-?\\d+\\.\\d{3,}$/, rounded))
    .join('\\n');
  tooltip.style.left = 0;
  const {offsetWidth: width, offsetHeight: height} = tooltip;
  tooltip.style.left = scrollX + Math.max(4, Math.min(clientX + 12, innerWidth - width - 4)) + 'px';
  const isRoom = clientY > height + 20;
  tooltip.style.top = scrollY + (isRoom ? clientY - height - 12 : clientY + 20) + 'px';
}

document.addEventListener('pointermove', show);
document.addEventListener('pointerdown', show);
`;
