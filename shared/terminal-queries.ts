/**
 * Terminal queries: control sequences that a terminal answers as if the answer had been typed (ECMA-48 and xterm's "XTerm Control
 * Sequences": DA, DSR, DECRQM, window reports, OSC 10;? and their like). Who shows a recording, or shows a port that somebody else
 * sits at, must not answer them.
 */

const nul = 0x00;
const enq = 0x05;
const bel = 0x07;
const can = 0x18;
const sub = 0x1a;
const esc = 0x1b;
/** First byte of a C1 control in UTF-8; the second is 0x80 to 0x9f. */
const c1Lead = 0xc2;
/** C1 string terminator. */
const c1End = 0x9c;

/** More of a sequence isn't looked at; none that asks is nearly as long. */
const textMax = 64;

/** OSC commands that take `?` for a question: X property, colours, pointer shape, font. The text of others (a title) may begin with one. */
const askingCommand = /^(?:3|4|5|1\d|2[12]|50)$/;
/** Window operations (CSI … t) that are reports. */
const windowReports = new Set(['11', '13', '14', '15', '16', '18', '19', '20', '21']);
/** Modes (CSI ? … h) that are answered with a report as they are set: focus, and size in band. */
const reportingModes = new Set(['1004', '2048']);

/** Control sequences that ask: by what stands before the parameters and after them (with the final byte); then by parameters. */
const askingFinals: Readonly<Record<string, (parameters: readonly string[]) => boolean>> = {
  c: () => true,
  '>c': () => true,
  '=c': () => true,
  n: () => true,
  '?n': () => true,
  x: () => true,
  $p: () => true,
  '?$p': () => true,
  '>q': () => true,
  '?u': () => true,
  $u: () => true,
  '&u': () => true,
  $w: () => true,
  '*y': () => true,
  "'|": () => true,
  '#|': () => true,
  '#R': () => true,
  '?S': () => true,
  '?m': () => true,
  t: ([operation = '']) => windowReports.has(operation),
  '?h': (parameters) => parameters.some((mode) => reportingModes.has(mode)),
};

const asks = (text: string, final: string): boolean => {
  const [, prefix = '', parameters = '', intermediates = ''] = /^([<=>?]?)([0-9:;]*)([\s!-/]*)$/.exec(text) ?? [];
  return askingFinals[`${prefix}${intermediates}${final}`]?.(parameters.split(';')) ?? false;
};

type State = 'ground' | 'escape' | 'escape-intermediate' | 'csi' | 'osc' | 'dcs' | 'apc' | 'string' | 'muted';

const afterEscape: Readonly<Record<string, State>> = { '[': 'csi', ']': 'osc', P: 'dcs', _: 'apc', X: 'string', '^': 'string' };
const afterC1: Readonly<Record<number, State>> = { 0x90: 'dcs', 0x98: 'string', 0x9b: 'csi', 0x9d: 'osc', 0x9e: 'string', 0x9f: 'apc' };

/**
 * Takes the queries out of a stream of terminal output, byte for byte: the stream keeps its length, so offsets into it stay right.
 * A query is broken off with CAN, which every terminal takes as "forget this sequence", and what is left of it becomes NUL, which is
 * padding. It may be cut anywhere between two chunks. One per stream, and every byte of the stream must pass.
 */
export class TerminalQueries {
  #state: State = 'ground';
  /** The sequence so far, without its introducer. */
  #text = '';
  /** The last byte was the first of what may be a C1 control. */
  #lead = false;

  /**
   * Follows the stream, and takes the queries that end in these bytes out of them when `mute` is set.
   * @returns the bytes themselves when there is nothing to take out, else a changed copy of the same length
   */
  pass(bytes: Uint8Array, mute: boolean): Uint8Array {
    let changed: Uint8Array | undefined;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? nul;
      if (this.#state === 'ground' && !this.#lead && byte !== esc && byte !== enq && byte !== c1Lead) continue;
      const put = this.#step(byte, mute);
      if (put === byte) continue;
      changed ??= Uint8Array.from(bytes);
      changed[at] = put;
    }
    return changed ?? bytes;
  }

  /** Goes on by one byte; returns what stands in its place. */
  #step(byte: number, mute: boolean): number {
    const lead = this.#lead;
    this.#lead = byte === c1Lead;
    if (this.#state === 'muted') return this.#inMuted(byte, lead);
    if (byte === esc) return this.#enter('escape', byte);
    if (byte === can || byte === sub) return this.#enter('ground', byte);
    if (lead && byte >= 0x80 && byte <= 0x9f) return this.#enter(afterC1[byte] ?? 'ground', byte);
    switch (this.#state) {
      case 'escape':
        return this.#inEscape(byte, mute);
      case 'escape-intermediate':
        return byte >= 0x30 ? this.#enter('ground', byte) : byte;
      case 'csi':
        return this.#inControlSequence(byte, mute);
      case 'osc':
        if (byte === bel) return this.#enter('ground', byte);
        return this.#inCommand(byte, mute);
      case 'dcs':
        return this.#inDeviceControl(byte, mute);
      case 'apc':
        // Kitty's graphics answer whatever is asked of them.
        if (byte === 0x47) return this.#mute(byte, mute, 'muted');
        return this.#enter('string', byte);
      case 'string':
        return byte;
      default:
        // Answerback; other controls are executed within a sequence too, but nobody asks there.
        return byte === enq && mute ? nul : byte;
    }
  }

  #enter(state: State, byte: number): number {
    this.#state = state;
    this.#text = '';
    return byte;
  }

  /** A query is certain: breaks it off. What follows of it goes to `rest`. */
  #mute(byte: number, mute: boolean, rest: 'ground' | 'muted'): number {
    if (!mute) return this.#enter(rest === 'muted' ? 'string' : 'ground', byte);
    return this.#enter(rest, can);
  }

  #inMuted(byte: number, lead: boolean): number {
    // The terminal is on its ground already: there a string terminator does nothing, but a bell rings.
    if (byte === esc) return this.#enter('escape', byte);
    if (byte === bel || byte === can || byte === sub || (lead && byte === c1End)) return this.#enter('ground', nul);
    return nul;
  }

  #inEscape(byte: number, mute: boolean): number {
    if (byte < 0x20) return byte;
    if (byte < 0x30) return this.#enter('escape-intermediate', byte);
    const letter = String.fromCharCode(byte);
    if (letter === 'Z') return this.#mute(byte, mute, 'ground');
    return this.#enter(afterEscape[letter] ?? 'ground', byte);
  }

  #inControlSequence(byte: number, mute: boolean): number {
    if (byte < 0x20 || byte === 0x7f) return byte;
    if (byte < 0x40) return this.#keep(byte);
    if (byte < 0x7f && asks(this.#text, String.fromCharCode(byte))) return this.#mute(byte, mute, 'ground');
    return this.#enter('ground', byte);
  }

  /** An operating system command: its number, then parameters. */
  #inCommand(byte: number, mute: boolean): number {
    const separator = this.#text.indexOf(';');
    if (separator >= 0) {
      const command = this.#text.slice(0, separator);
      // The clipboard, also where it is set: that is one viewer's to do, and not again with each replay.
      if (command === '52') return this.#mute(byte, mute, 'muted');
      if (!askingCommand.test(command)) return this.#enter('string', byte);
      if (byte === 0x3f && /[;=]$/.test(this.#text)) return this.#mute(byte, mute, 'muted');
      // The number and the last letter are all that matters.
      this.#text = `${command};${String.fromCharCode(byte)}`;
      return byte;
    }
    return this.#keep(byte);
  }

  /** A device control string: parameters, what it is, then data. */
  #inDeviceControl(byte: number, mute: boolean): number {
    if (byte < 0x40) return this.#keep(byte);
    if (byte === 0x71 && /[$+]$/.test(this.#text)) return this.#mute(byte, mute, 'muted');
    return this.#enter('string', byte);
  }

  #keep(byte: number): number {
    if (this.#text.length < textMax) this.#text += String.fromCharCode(byte);
    return byte;
  }
}
