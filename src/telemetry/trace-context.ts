/** Trace context in the headers of records (W3C Trace Context). RxJS and worker processes lose it, so it goes along by hand. */
import { ROOT_CONTEXT, context, propagation, type Context } from '@opentelemetry/api';

/** `traceparent` and `tracestate`, where there are any. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** A `traceparent` of version 00 that names a trace and a span. */
const TRACE_PARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const MAX_TRACE_STATE = 512;

/** The trace headers that came with a record; none where they are malformed. */
export function traceHeaders({ traceParent, traceState }: { readonly traceParent?: string; readonly traceState?: string }): TraceHeaders {
  if (traceParent === undefined || !TRACE_PARENT.test(traceParent)) return {};
  return { traceparent: traceParent, ...(traceState === undefined || traceState.length > MAX_TRACE_STATE ? {} : { tracestate: traceState }) };
}

/** The context that headers stand for. */
export function contextOf(headers: TraceHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, headers);
}

/** The headers that stand for a context; `otherwise` where nothing is traced here, so that the trace goes on behind us. */
export function headersOf(within: Context = context.active(), otherwise: TraceHeaders = {}): TraceHeaders {
  const headers: Record<string, string> = {};
  propagation.inject(within, headers);
  return headers['traceparent'] === undefined ? otherwise : headers;
}
