/** The text that an editor shows on hover, from the declarations that `npm run build` left. */
import {join} from 'node:path';
import ts from 'typescript';

const dist = join(__dirname, '../../dist');
const entries = [
  'graph.d.ts',
  'index.d.ts',
  'keras.d.ts',
  'layers.d.ts',
  'models.d.ts',
  'ops.d.ts',
].map(file => join(dist, file));
const program = ts.createProgram(entries, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: true,
  strict: true,
  types: [],
});
const checker = program.getTypeChecker();

const isOurs = (declaration: ts.Declaration): boolean =>
  declaration.getSourceFile().fileName.startsWith(dist);

const resolved = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** The exported names. A namespace has no comment, since the bundler makes it, but names of its own. */
function exportsOf(module: ts.Symbol, prefix = ''): Array<[name: string, symbol: ts.Symbol]> {
  return checker.getExportsOfModule(module).flatMap(exported => {
    const name = prefix + exported.name;
    const symbol = resolved(exported);
    const isNamespace = (symbol.flags & ts.SymbolFlags.Namespace) !== 0;
    return isNamespace ? exportsOf(symbol, `${name}.`) : [[name, symbol]];
  });
}

const entryExports = (entry: string) =>
  exportsOf(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!);

/** The public members, of a class its static ones too, that are not tfjs's own. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  if (
    !(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias))
  )
    return [];
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const statics = symbol.flags & ts.SymbolFlags.Class ? [checker.getTypeOfSymbol(symbol)] : [];
  return [type, ...statics].flatMap(each =>
    checker
      .getPropertiesOfType(each)
      .filter(member => member.declarations?.some(isOurs) === true)
      .filter(member => isPublic(member) && !overrides(each, member.name)),
  );
}

const isPublic = ({declarations}: ts.Symbol): boolean =>
  declarations!.every(
    declaration =>
      !(
        ts.getCombinedModifierFlags(declaration) &
        (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)
      ),
  );

/** Whether a base class that is not ours has the member: tfjs documents it, or does not. */
function overrides(type: ts.Type, name: string): boolean {
  const bases = type.isClassOrInterface() ? checker.getBaseTypes(type) : [];
  return bases.some(base => {
    const member = base.getProperty(name);
    return (
      member?.declarations?.some(declaration => !isOurs(declaration)) === true ||
      overrides(base, name)
    );
  });
}

const isDocumented = (symbol: ts.Symbol): boolean =>
  symbol.getDocumentationComment(checker).length > 0;

/** Our types that the public part of a declaration names. */
function typesNamedIn(node: ts.Node): ts.Symbol[] {
  if (ts.isTypeAliasDeclaration(node)) return [];
  // The base classes are no types for users, only the options' bases are.
  if (ts.isHeritageClause(node) && ts.isClassDeclaration(node.parent)) return [];
  if (ts.isTypeQueryNode(node)) {
    const queried = resolved(checker.getSymbolAtLocation(node.exprName)!);
    return queried.declarations!.filter(isOurs).flatMap(typesNamedIn);
  }
  if (ts.isClassElement(node) && !isPublic(symbolOf(node))) return [];
  const name = ts.isTypeReferenceNode(node)
    ? node.typeName
    : ts.isExpressionWithTypeArguments(node) && node.expression;
  const named = name && resolved(checker.getSymbolAtLocation(name)!);
  const own = named && named.declarations?.some(isOurs) && !isTypeParameter(named) ? [named] : [];
  const inner: ts.Symbol[] = [];
  ts.forEachChild(node, child => void inner.push(...typesNamedIn(child)));
  return [...own, ...inner];
}

const symbolOf = (node: ts.Node): ts.Symbol => (node as ts.Node & {symbol: ts.Symbol}).symbol;
const isTypeParameter = ({flags}: ts.Symbol): boolean =>
  (flags & ts.SymbolFlags.TypeParameter) !== 0;

describe.each(entries)('%s', entry => {
  const all = entryExports(entry);

  test('documents every name, option and member', () => {
    const names = all.flatMap(([name, symbol]): Array<[string, ts.Symbol]> => [
      [name, symbol],
      ...membersOf(symbol).map((member): [string, ts.Symbol] => [`${name}.${member.name}`, member]),
    ]);
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter(([, symbol]) => !isDocumented(symbol)).map(([name]) => name)).toEqual([]);
  });

  test('exports the types that its options and signatures name', () => {
    const exported = new Set(all.map(([, symbol]) => symbol));
    const named = all.flatMap(([, symbol]) => symbol.declarations!.flatMap(typesNamedIn));
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter(symbol => !exported.has(symbol)).map(({name}) => name)).toEqual([]);
  });
});
