using System.Buffers;
using System.Text.Json;
using InferenceMeter.Batching;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Images.Folders;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>
/// One JSON line an image: <c>{"path","top5":[{"index","name","probability"}]}</c> or <c>{"path","error"}</c>.
/// Lines are handed to the operating system batch by batch, so a killed process loses at most the batch that it was
/// writing, and <see cref="ReadFinished"/> lets the next one go on from there.
/// </summary>
public sealed class JsonLinesOutput : IClassificationOutput, IDisposable
{
    private static readonly JsonWriterOptions Compact = new()
    {
        SkipValidation = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly Utf8JsonWriter _json;
    private readonly IReadOnlyList<string> _labels;

    /// <summary>Opens the file, cutting off a torn last line when resuming.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="resume">Keep its complete lines; else it starts empty.</param>
    /// <param name="labels">Class names in index order; may be shorter than the classes.</param>
    /// <exception cref="IOException">It cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public JsonLinesOutput(string path, bool resume, IReadOnlyList<string> labels)
    {
        _labels = labels;
        _file = new FileStream(
            path,
            resume ? FileMode.OpenOrCreate : FileMode.Create,
            FileAccess.ReadWrite,
            FileShare.Read,
            // Lines are written in batches, and what a full disk refused must not be tried again when it is closed.
            bufferSize: 0
        );
        if (resume)
            _file.SetLength(EndOfLastLine(_file));
        _file.Seek(0, SeekOrigin.End);
        _json = new Utf8JsonWriter(_buffer, Compact);
    }

    /// <summary>Canonical paths of the complete lines of an earlier run; empty when there is no such file.</summary>
    /// <exception cref="ResultFileException">
    /// A complete line is not one of ours; the message has its number.
    /// </exception>
    public static HashSet<string> ReadFinished(string path)
    {
        var finished = new HashSet<string>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return finished;
        var paths = new CanonicalPaths();
        var number = 0;
        var whole = EndsWithNewLine(path);
        var lines = File.ReadLines(path).ToList();
        foreach (var line in whole ? lines : lines.SkipLast(1))
        {
            number++;
            try
            {
                using var parsed = JsonDocument.Parse(line);
                finished.Add(paths.Of(RawName.Unescape(parsed.RootElement.GetProperty("path").GetString()!)));
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new ResultFileException(
                    $"line {number} of {path} is not a result of an earlier run; give another file, or start again "
                        + "without resuming",
                    e
                )
                {
                    Subject = ErrorSubject.Resume,
                };
            }
        }

        return finished;
    }

    /// <inheritdoc/>
    public void Classified(in ImageTicket ticket, ReadOnlySpan<ScoredClass> classes)
    {
        _json.WriteStartObject();
        _json.WriteString("path", RawName.Escape(ticket.Name));
        _json.WriteStartArray("top5");
        foreach (var score in classes)
        {
            _json.WriteStartObject();
            _json.WriteNumber("index", score.Index);
            _json.WriteString("name", score.Index < _labels.Count ? _labels[score.Index] : $"class {score.Index}");
            _json.WriteNumber("probability", MathF.Round(score.Probability, 6));
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        EndLine();
    }

    /// <inheritdoc/>
    public void Failed(in ImageTicket ticket, ImageFailure reason)
    {
        _json.WriteStartObject();
        _json.WriteString("path", RawName.Escape(ticket.Name));
        _json.WriteString("error", reason.ToLabel());
        EndLine();
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_buffer.WrittenCount == 0)
            return;
        _file.Write(_buffer.WrittenSpan);
        _file.Flush();
        _buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _buffer.Write("\n"u8);
    }

    private static bool EndsWithNewLine(string path)
    {
        using var file = File.OpenRead(path);
        return file.Length > 0 && EndOfLastLine(file) == file.Length;
    }

    private static long EndOfLastLine(FileStream file)
    {
        for (var end = file.Length; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
                return end;
        }

        return 0;
    }
}
