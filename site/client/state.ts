/** The settings of a page, which its address holds so that it can be shared. */
export function bindAddress(form: HTMLFormElement): void {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of given) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLSelectElement) {
      if (Array.from(field.options).some(option => option.value === value)) field.value = value;
    } else if (field instanceof HTMLInputElement) field.value = value;
  }
  form.addEventListener('change', () => {
    const fields = new FormData(form) as unknown as Iterable<[string, string]>;
    history.replaceState(null, '', `#${new URLSearchParams(Array.from(fields)).toString()}`);
  });
}

export const element = (id: string): HTMLElement => document.getElementById(id)!;

/** A cell of a table or a paragraph with this text, which is never read as HTML. */
export function textIn(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
