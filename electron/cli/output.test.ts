import type { XmlProblem } from '../../shared/errors.ts';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../shared/domain-xml/index.ts';
import { findNic, nicXml, readRate, withLink, withRates } from './domain-nics.ts';
import { errorText, facts, findingsText, table } from './output.ts';
import { scopeOf } from './scope.ts';
import { visibleJson, visibleLines } from './visible-text.ts';

describe('table', () => {
  it('has virsh’s shape, also when it is empty', () => {
    expect(table(['Id', 'Name', 'State'], [])).toBe(' Id   Name   State\n--------------------\n');
    expect(table(['Id', 'Name', 'State'], [['1', 'test', 'running']])).toBe(
      ' Id   Name   State\n----------------------\n 1    test   running\n',
    );
  });

  it('counts columns, not code units', () => {
    const lines = table(
      ['Name', 'State'],
      [
        ['虚拟机', 'running'],
        ['e\u0301', 'paused'],
      ],
    ).split('\n');
    expect(lines[2]).toBe(' 虚拟机   running');
    expect(lines[3]).toBe(' e\u0301        paused');
  });
});

describe('facts', () => {
  it('puts values behind the sixteenth column', () => {
    expect(facts([['Security model', 'none']])).toBe('Security model: none\n');
    expect(facts([['Id', '-']])).toBe('Id:             -\n');
  });
});

describe('errorText', () => {
  it('prints virsh’s lines, the place, the raw words and what to do', () => {
    const text = errorText(
      { code: 'xml-syntax', message: 'It is not well-formed.', line: 3, column: 7, detail: 'qemu: no\n', next: 'Mend it.' },
      { heading: 'Failed to define domain from x' },
    );
    expect(text).toBe(
      'error: Failed to define domain from x\nerror: It is not well-formed. (line 3, column 7)\n  qemu: no\nhint: Mend it.\n',
    );
  });
});

describe('scopeOf', () => {
  it.each([
    [{}, true, 'live'],
    [{}, false, 'config'],
    [{ current: true }, true, 'live'],
    [{ current: true }, false, 'config'],
    [{ config: true }, true, 'config'],
    [{ live: true }, true, 'live'],
    [{ live: true, config: true }, true, 'both'],
    [{ persistent: true }, true, 'both'],
    [{ persistent: true }, false, 'config'],
  ] as const)('%j, running %j: %s', (options, running, scope) => {
    expect(scopeOf(options, running)).toBe(scope);
  });

  it('refuses what contradicts', () => {
    expect(() => scopeOf({ live: true }, false)).toThrow('domain is not running');
    expect(() => scopeOf({ current: true, config: true }, true)).toThrow('mutually exclusive');
  });
});

describe('NICs in XML', () => {
  const xml = `<domain><devices><interface type="bridge"><!-- kept --><mac address="52:54:00:AA:00:01"/><source bridge="br0"/><target dev="tap1"/></interface><interface type='user'/></devices></domain>`;
  const nic = (): string => {
    const found = findNic(xml, '52:54:00:aa:00:01');
    if (found === undefined) throw new Error('not found');
    return nicXml(found.document, found.nic);
  };

  it('are found by TAP and by MAC in any case', () => {
    expect(findNic(xml, 'tap1')?.nic.source).toBe('br0');
    expect(findNic(xml, 'tap2')).toBeUndefined();
    expect(nic()).toContain('<!-- kept -->');
  });

  it('change one thing and keep the rest', () => {
    const down = withLink(nic(), 'down');
    expect(down).toContain('<!-- kept -->');
    expect(parseXml(down).root.children.some((node) => node.kind === 'element' && node.name === 'link')).toBe(true);
    expect(withLink(withLink(down, 'up'), 'down')).toBe(down);
    expect(withLink(`<interface type='user'/>`, 'down')).toContain('<link');
  });

  it('take rates and lose them at 0', () => {
    const limited = withRates(nic(), { inbound: readRate('100,200,50'), outbound: readRate('10') });
    expect(limited).toContain("<bandwidth><inbound average='100' peak='200' burst='50'/><outbound average='10'/></bandwidth>");
    const less = withRates(limited, { inbound: readRate('0'), outbound: undefined });
    expect(less).toContain("<bandwidth><outbound average='10'/></bandwidth>");
    expect(withRates(less, { inbound: undefined, outbound: readRate('0') })).toBe(nic());
    for (const bad of ['', 'x', '-1', '1,2,3,4,5', ',1', '1.5']) expect(() => readRate(bad), bad).toThrow('is malformed');
  });
});

describe('what a terminal would obey', () => {
  const hostile = 'a\u009b31mred\u202egpj\u2028b\u007f\u0007\u200b\ufeff\u061c\u{e0041}';
  const shown = 'a\\x9b31mred\\u202egpj\\u2028b\\x7f\\x07\\u200b\\ufeff\\u061c\\u{e0041}';

  it('is shown escaped in tables, facts and errors, and counted as it is shown', () => {
    expect(table(['Name', 'State'], [[hostile, 'running']]).split('\n')[2]).toBe(` ${shown}   running`);
    expect(table(['Name'], [['two\nlines\tand a tab']])).toContain('two\\x0alines\\x09and a tab');
    expect(facts([['Name', hostile]])).toBe(`Name:           ${shown}\n`);
    expect(
      errorText({ code: 'io', message: `“${hostile}” is bad.`, path: hostile, detail: `QEMU: ${hostile}\nline two`, next: hostile }),
    ).toBe(`error: “${shown}” is bad. [${shown}]\n  QEMU: ${shown}\n  line two\nhint: ${shown}\n`.replace(` [${shown}]`, ''));
  });

  it('keeps line ends, tabs and every other language as they are', () => {
    const text = 'Größe\t虚拟机 e\u0301 😀 नमस्ते\r\n\n';
    expect(visibleLines(text)).toBe(text);
    expect(visibleLines('over\rwritten')).toBe('over\\x0dwritten');
  });

  it('is JSON’s own escape in JSON, which reads back as the same', () => {
    const text = visibleJson({ name: hostile, lone: '\ud800' }, 2);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text)).toEqual({ name: hostile, lone: '\ud800' });
  });
});

describe('findings about a definition', () => {
  const hint: XmlProblem = {
    severity: 'unsupported',
    path: '/domain/cputune',
    line: 9,
    column: 3,
    message: 'Tuning can’t be applied here.',
    next: 'Set it aside.',
    fixes: [{ kind: 'set-aside', label: 'Start without it' }],
  };
  const network: XmlProblem = {
    severity: 'unsupported',
    path: '/domain/devices/interface/@type',
    message: 'Virtual networks are not supported.',
  } as const;

  it('are printed with their paths and what to do, those that keep it from starting first', () => {
    expect(findingsText([{ severity: 'note', path: '/domain/resource', message: 'Left out.' }, hint, network])).toBe(
      [
        "warning: It can't start here as it is, for 2 reasons:",
        'warning: Tuning can’t be applied here. (line 9, column 3) [/domain/cputune]',
        'hint: Set it aside.',
        'hint: `tapestry start DOMAIN --set-aside` starts without it, `--set-aside-always` from now on too.',
        'warning: Virtual networks are not supported. [/domain/devices/interface/@type]',
        'note: Left out. [/domain/resource]',
        '',
      ].join('\n'),
    );
    expect(findingsText([])).toBe('');
  });

  it('of a refused start follow its own, each once', () => {
    const { severity: _, ...main } = hint;
    const text = errorText({ code: 'xml-unsupported', ...main, findings: [hint, network] });
    expect(text.match(/^error: /gm)).toHaveLength(2);
    expect(text).toContain('error: Virtual networks are not supported. [/domain/devices/interface/@type]');
  });
});
