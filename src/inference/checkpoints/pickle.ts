/**
 * A strict reader of Python's pickle format (protocols 2 to 5), which nothing can be run by: data opcodes are understood,
 * constructors are looked up in a list that the caller gives, and whatever else a pickle asks for is refused by name. Work
 * and memory are bounded by the length of the bytes: nothing that is read is ever copied or walked more than once.
 * Opcodes: CPython's Lib/pickletools.py.
 */
import { FramewitnessError } from '../../domain/errors.js';
import { PickleInput } from './pickle-input.js';

/** A tuple. */
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** A list. */
export class PickleList {
  readonly items: PickleValue[] = [];
}

/** A dictionary, ordered or not. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** A class or function that is allowed to be named. */
export class PickleGlobal {
  /** @param build - what a call with these arguments gives */
  constructor(
    readonly name: string,
    readonly build: (args: readonly PickleValue[]) => PickleValue,
  ) {}
}

/** Anything that the caller's constructors and persistent ids stand for. State that a pickle sets on it is ignored. */
export abstract class PickleObject {
  abstract readonly pickleKind: string;
}

/** What can stand on the stack. */
export type PickleValue = null | boolean | number | bigint | string | Uint8Array | PickleTuple | PickleList | PickleDict | PickleGlobal | PickleObject;

/** What a pickle may refer to. */
export interface PickleHost {
  /** The allowed global of that name (`module.name`), undefined for every other. */
  global(name: string): PickleGlobal | undefined;
  /** What a persistent id stands for. @throws FramewitnessError where it makes no sense */
  persistent(id: PickleValue): PickleValue;
}

const MAX_DEPTH = 1000;

/** Opcodes that are refused, by name: they call, they refer to registries, or no checkpoint has them. */
const REFUSED: Readonly<Record<number, string>> = {
  0x46: 'FLOAT', 0x49: 'INT', 0x4c: 'LONG', 0x50: 'PERSID', 0x53: 'STRING', 0x56: 'UNICODE', 0x64: 'DICT', 0x67: 'GET', 0x69: 'INST', 0x6c: 'LIST', 0x6f: 'OBJ', 0x70: 'PUT',
  0x82: 'EXT1', 0x83: 'EXT2', 0x84: 'EXT4', 0x8f: 'EMPTY_SET', 0x90: 'ADDITEMS', 0x91: 'FROZENSET', 0x92: 'NEWOBJ_EX', 0x96: 'BYTEARRAY8', 0x97: 'NEXT_BUFFER', 0x98: 'READONLY_BUFFER',
};

/**
 * Reads one pickle.
 *
 * @param input - left standing behind the pickle's STOP
 * @throws FramewitnessError FW_CHECKPOINT_UNSAFE naming the constructor or opcode that is not allowed, FW_MODEL_FORMAT
 * where the pickle is damaged
 */
export function readPickle(input: PickleInput, host: PickleHost): PickleValue {
  return new Machine(input, host).run();
}

class Machine {
  #stack: PickleValue[] = [];
  readonly #marks: PickleValue[][] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(
    private readonly input: PickleInput,
    private readonly host: PickleHost,
  ) {}

  run(): PickleValue {
    for (;;) {
      const opcode = this.input.uint8();
      if (opcode === 0x2e /* STOP */) return this.#pop();
      if (!this.#scalar(opcode) && !this.#container(opcode) && !this.#memory(opcode) && !this.#reference(opcode)) {
        const name = REFUSED[opcode];
        if (name === undefined) throw this.#malformed(`unknown opcode 0x${opcode.toString(16)}`);
        throw new FramewitnessError('FW_CHECKPOINT_UNSAFE', `${this.input.what}: its pickle uses the opcode ${name}`);
      }
    }
  }

  #scalar(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x80: { // PROTO
        const version = input.uint8();
        if (version < 2 || version > 5) throw this.#malformed(`protocol ${version} is not supported`);
        return true;
      }
      case 0x95: // FRAME: a hint for readers of streams
        input.uint64();
        return true;
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4a: // BININT
        return this.#push(input.int32());
      case 0x4b: // BININT1
        return this.#push(input.uint8());
      case 0x4d: // BININT2
        return this.#push(input.uint16());
      case 0x8a: // LONG1
        return this.#push(input.long(input.uint8()));
      case 0x8b: // LONG4
        return this.#push(input.long(input.uint32()));
      case 0x47: // BINFLOAT
        return this.#push(input.float64());
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        return this.#push(input.text(input.uint32()));
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        return this.#push(input.text(input.uint8()));
      case 0x8d: // BINUNICODE8
        return this.#push(input.text(input.uint64()));
      case 0x42: // BINBYTES
        return this.#push(input.bytes(input.uint32()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(input.bytes(input.uint8()));
      case 0x8e: // BINBYTES8
        return this.#push(input.bytes(input.uint64()));
      default:
        return false;
    }
  }

  #container(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        if (this.#marks.length >= MAX_DEPTH) throw this.#malformed(`more than ${MAX_DEPTH} levels`);
        this.#marks.push(this.#stack);
        this.#stack = [];
        return true;
      case 0x30: // POP
        if (this.#stack.length > 0) this.#pop();
        else this.#sinceMark();
        return true;
      case 0x31: // POP_MARK
        this.#sinceMark();
        return true;
      case 0x7d: // EMPTY_DICT
        return this.#push(new PickleDict());
      case 0x5d: // EMPTY_LIST
        return this.#push(new PickleList());
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PickleTuple([]));
      case 0x74: // TUPLE
        return this.#push(new PickleTuple(this.#sinceMark()));
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(new PickleTuple(Array.from({ length: opcode - 0x84 }, () => this.#pop()).reverse()));
      case 0x61: // APPEND
        return this.#append([this.#pop()]);
      case 0x65: // APPENDS
        return this.#append(this.#sinceMark());
      case 0x73: // SETITEM
        return this.#setItems([this.#pop(), this.#pop()].reverse());
      case 0x75: // SETITEMS
        return this.#setItems(this.#sinceMark());
      default:
        return false;
    }
  }

  #memory(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x71: // BINPUT
        return this.#remember(input.uint8());
      case 0x72: // LONG_BINPUT
        return this.#remember(input.uint32());
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x68: // BINGET
        return this.#recall(input.uint8());
      case 0x6a: // LONG_BINGET
        return this.#recall(input.uint32());
      default:
        return false;
    }
  }

  #reference(opcode: number): boolean {
    const { input } = this;
    switch (opcode) {
      case 0x63: // GLOBAL
        return this.#push(this.#global(input.line(), input.line()));
      case 0x93: { // STACK_GLOBAL
        const name = this.#pop();
        const module = this.#pop();
        if (typeof name !== 'string' || typeof module !== 'string') throw this.#malformed('a global has no name');
        return this.#push(this.#global(module, name));
      }
      case 0x51: // BINPERSID
        return this.#push(this.host.persistent(this.#pop()));
      case 0x52: // REDUCE
      case 0x81: { // NEWOBJ
        const args = this.#pop();
        const callable = this.#pop();
        if (!(callable instanceof PickleGlobal) || !(args instanceof PickleTuple)) throw this.#malformed('it calls what is not a constructor');
        return this.#push(callable.build(args.items));
      }
      case 0x62: { // BUILD
        this.#pop();
        const target = this.#top();
        // State of what is only carried along, such as the version numbers of a state dict.
        if (target instanceof PickleDict || target instanceof PickleObject) return true;
        throw this.#malformed('it sets the state of what has none');
      }
      default:
        return false;
    }
  }

  #global(module: string, name: string): PickleGlobal {
    const full = `${module}.${name}`;
    const known = this.host.global(full);
    if (known === undefined) throw new FramewitnessError('FW_CHECKPOINT_UNSAFE', `${this.input.what}: its pickle asks for ${shown(full)}`);
    return known;
  }

  #append(values: readonly PickleValue[]): true {
    const target = this.#top();
    if (!(target instanceof PickleList)) throw this.#malformed('it appends to what is not a list');
    for (const value of values) target.items.push(value);
    return true;
  }

  #setItems(pairs: readonly PickleValue[]): true {
    const target = this.#top();
    if (!(target instanceof PickleDict) || pairs.length % 2 !== 0) throw this.#malformed('it sets items of what is not a dictionary');
    for (let i = 0; i < pairs.length; i += 2) target.entries.set(pairs[i] ?? null, pairs[i + 1] ?? null);
    return true;
  }

  #remember(index: number): true {
    this.#memo.set(index, this.#top());
    return true;
  }

  #recall(index: number): true {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#malformed(`it recalls what it did not remember (${index})`);
    return this.#push(value);
  }

  #push(value: PickleValue): true {
    this.#stack.push(value);
    return true;
  }

  #pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.#malformed('its stack is empty');
    return value;
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#malformed('its stack is empty');
    return value;
  }

  #sinceMark(): PickleValue[] {
    const items = this.#stack;
    const below = this.#marks.pop();
    if (below === undefined) throw this.#malformed('a mark is missing');
    this.#stack = below;
    return items;
  }

  #malformed(problem: string): FramewitnessError {
    return new FramewitnessError('FW_MODEL_FORMAT', `${this.input.what}: its pickle is damaged at byte ${this.input.position}: ${problem}`);
  }
}

/** A name from a file, as it may stand in a message. */
function shown(name: string): string {
  const safe = name.replace(/[^\x20-\x7e]/g, '\uFFFD');
  return safe.length <= 120 ? safe : `${safe.slice(0, 119)}…`;
}
