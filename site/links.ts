/** Links of the Markdown files, as links of the site. */
import {posix} from 'node:path';

/** `foo.md#bar` as `foo.html#bar`; a path that only the repository has loses its link. */
export function siteLinks(html: string, page: string, isPage: (path: string) => boolean): string {
  return html.replace(
    /<a href="([^"]*)"([^>]*)>([\s\S]*?)<\/a>/g,
    (whole, href: string, rest: string, text: string) => {
      if (/^(https?:|mailto:|#)/.test(href)) return whole;
      const [path, hash] = href.split('#');
      if (path.endsWith('.html')) return whole;
      const target = posix
        .join(posix.dirname(page), path)
        .replace(/^CHANGELOG\.md$/, 'docs/changelog.md');
      if (!target.endsWith('.md') || !isPage(target.slice(0, -3))) {
        return `<span class="in-repository" title="${target}, in the repository">${text}</span>`;
      }
      const relative = posix.relative(posix.dirname(page), target.replace(/md$/, 'html'));
      return `<a href="${relative}${hash ? `#${anchor(hash)}` : ''}"${rest}>${text}</a>`;
    },
  );
}

/** The anchors of GitHub, which the documents use. */
export const slug = (text: string): string =>
  anchor(
    text
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replace(/ /g, '-'),
  );

/** Eleventy keeps the anchors of a page as keys of an object, which has these already. */
const anchor = (id: string): string => (id in {} ? `the-${id}` : id);
