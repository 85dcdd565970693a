namespace InferenceMeter.History;

/// <summary>A file that is sound but not ours to use; the message goes on after the file's name.</summary>
internal sealed class HistoryException(string message) : Exception(message);
