/** A stretch of a source file that is comment, string or code throughout. */
export interface SourcePart {
  readonly kind: 'comment' | 'string' | 'code';
  readonly text: string;
  /** Line of its first character, from 1. */
  readonly line: number;
}

const COMMENT = /\/\/.*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'/y;
const REGEX = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
/** Code after which a slash begins a regular expression; elsewhere it divides. */
const BEFORE_REGEX = /(?:^|[=(,[!&|?{};:+\-*%<>~^]|\breturn|\bcase)\s*$/;

/**
 * Splits TypeScript or JavaScript into comments, strings and code. A template is one string, with the code of its
 * placeholders.
 */
export function sourceParts(source: string): SourcePart[] {
  const parts: SourcePart[] = [];
  let line = 1;
  let start = 0;
  let pos = 0;
  const end = (kind: SourcePart['kind']) => {
    const text = source.slice(start, pos);
    if (text !== '') parts.push({ kind, text, line });
    line += text.split('\n').length - 1;
    start = pos;
  };
  while (pos < source.length) {
    const comment = matchAt(COMMENT, source, pos);
    const string = source[pos] === '`' ? templateAt(source, pos) : matchAt(STRING, source, pos);
    const found = comment ?? string;
    if (found !== undefined) {
      end('code');
      pos += found.length;
      end(comment === undefined ? 'string' : 'comment');
    } else {
      const isRegex = source[pos] === '/' && BEFORE_REGEX.test(source.slice(Math.max(0, pos - 40), pos));
      pos += (isRegex && matchAt(REGEX, source, pos)?.length) || 1;
    }
  }
  end('code');
  return parts;
}

function matchAt(pattern: RegExp, source: string, pos: number): string | undefined {
  pattern.lastIndex = pos;
  return pattern.exec(source)?.[0];
}

function templateAt(source: string, from: number): string {
  let depth = 0;
  let pos = from + 1;
  for (; pos < source.length && !(depth === 0 && source[pos] === '`'); pos++) {
    if (source[pos] === '\\') pos++;
    else if (depth === 0 && source.startsWith('${', pos)) {
      depth = 1;
      pos++;
    } else if (depth > 0 && source[pos] === '`') pos += templateAt(source, pos).length - 1;
    else if (depth > 0 && source[pos] === '{') depth++;
    else if (depth > 0 && source[pos] === '}') depth--;
  }
  return source.slice(from, pos + 1);
}
