import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {IdAttributePlugin, type UserConfig} from '@11ty/eleventy';
import highlight from '@11ty/eleventy-plugin-syntaxhighlight';
import {figure, gallery} from './figure.js';
import {siteLinks, slug} from './links.js';
import {NAVIGATION} from './navigation.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

export default function configure(config: UserConfig) {
  const documents = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'));
  const texts = new Map(documents.map(name => [`docs/${name}`, join(root, 'docs', name)]));
  texts.set('docs/changelog.md', join(root, 'CHANGELOG.md'));
  for (const [path, file] of texts) {
    // The changelog's links are relative to the repository's root.
    const text = readFileSync(file, 'utf8');
    const base = path === 'docs/changelog.md' ? text.replaceAll('](docs/', '](') : text;
    config.addTemplate(path, base);
  }
  const isPage = (path: string) =>
    texts.has(`${path}.md`) || existsSync(join(here, 'pages', `${path}.md`));

  config.setUseGitIgnore(false);
  // Docstrings indent shapes and formulas.
  config.amendLibrary('md', md => {
    md.enable('code');
  });
  config.addPlugin(highlight, {errorOnInvalidLanguage: false});
  config.addPlugin(IdAttributePlugin, {slugify: slug, checkDuplicates: false});
  config.addGlobalData('layout', 'page.njk');
  config.addGlobalData('navigation', NAVIGATION);
  config.addGlobalData('permalink', () => ({page}: {page: {filePathStem: string}}) => {
    return `${page.filePathStem}.html`;
  });
  config.addFilter('rootOf', (url: string) => '../'.repeat(url.split('/').length - 2) || './');
  config.addFilter('titleIn', (html: string) => {
    const [, heading = ''] = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html) ?? [];
    return heading.replace(/<[^>]+>/g, '');
  });
  config.addTransform('links', function (this: {page: {filePathStem: string}}, html: string) {
    const page = `${this.page.filePathStem.slice(1)}.md`;
    const framed = html
      // Tables of Markdown have no attributes; those of pages have a frame of their own.
      .replace(
        /<table>[^]*?<\/table>/g,
        '<div class="wide" tabindex="0" role="group" aria-label="Table">$&</div>',
      )
      .replace(/<th([^>]*)><\/th>/g, '<td$1></td>')
      .replace(/<pre(?=[ >])/g, '<pre tabindex="0"')
      .replace(/<norm-figure name="(\w+)"><\/norm-figure>/g, (_, id: string) => figure(id))
      .replace(/<norm-gallery ids="([\w ]+)"><\/norm-gallery>/g, (_, ids: string) =>
        gallery(ids.split(' ')),
      );
    return siteLinks(framed, page, isPage);
  });
  return {
    markdownTemplateEngine: false,
    htmlTemplateEngine: false,
    dir: {includes: '../theme'},
  };
}
