using InferenceMeter.Errors;

namespace InferenceMeter.Pipeline;

/// <summary>
/// A file of results that a run cannot go on with; the message is one line: which line of which file, and how to mend
/// it.
/// </summary>
public sealed class ResultFileException(string message, Exception inner) : MeterException(message, inner);
