using System.Security.Cryptography;
using Google.Protobuf;
using InferenceMeter.Models.Onnx;

namespace InferenceMeter.Models;

/// <summary>An .onnx file read whole: external data is inside the returned graph.</summary>
internal static class OnnxFile
{
    // protobuf's own limit for one message, and ONNX Runtime's for a model from memory.
    private const long MaxBytes = int.MaxValue;

    /// <returns>
    /// The model, and the SHA-256 of the file followed by its external files in order of their names.
    /// </returns>
    /// <exception cref="ModelException">Missing, unreadable, too large, truncated or not ONNX.</exception>
    public static (ModelProto Model, string Sha256) Read(string path)
    {
        try
        {
            using var stream = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read,
                1 << 16,
                FileOptions.SequentialScan
            );
            if (stream.Length > MaxBytes)
                throw TooLarge(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(hash, stream);
            stream.Position = 0;
            var model = ModelProto.Parser.ParseFrom(stream);
            if (model.Graph is null || model.Graph.Node.Count == 0 || model.OpsetImport.Count == 0)
            {
                throw new ModelException(
                    $"{path}: not an ONNX model, or cut short (no graph or no operator set in it)"
                );
            }

            ReadExternalData(path, stream.Length, model, hash);
            return (model, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new ModelException($"{path}: not an ONNX model, or cut short ({OneLine.Of(e)})", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelException($"{path}: no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path}: cannot be read: {OneLine.Of(e)}", e);
        }
    }

    private static ModelException TooLarge(string path) =>
        new($"{path}: larger than 2 GB with its external data; convert it to float16 or int8, or use a smaller model");

    private static void Append(IncrementalHash hash, Stream stream)
    {
        var buffer = new byte[1 << 17];
        for (int count; (count = stream.Read(buffer)) > 0; )
            hash.AppendData(buffer, 0, count);
    }

    private static void ReadExternalData(string path, long total, ModelProto model, IncrementalHash hash)
    {
        var tensors = OnnxTensors
            .All(model)
            .Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External)
            .ToList();
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (
            var group in tensors
                .GroupBy(tensor => Entry(tensor, "location") ?? "", StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            var file = Path.GetFullPath(Path.Combine(folder, group.Key));
            // A model from elsewhere must not make the meter read (and hash) any file of this machine.
            if (group.Key.Length == 0 || !file.StartsWith(Path.Join(folder, "/"), StringComparison.Ordinal))
            {
                throw new ModelException(
                    $"{path}: external data \"{group.Key}\" is outside the model's folder; put it beside the model"
                );
            }

            if (!File.Exists(file))
                throw new ModelException($"{path}: its external data file {group.Key} is not beside it; copy both");
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            Append(hash, stream);
            foreach (var tensor in group)
            {
                total += Load(path, tensor, stream, total);
            }
        }
    }

    private static long Load(string path, TensorProto tensor, FileStream stream, long total)
    {
        var offset = Position(path, tensor, "offset") ?? 0;
        var length = Position(path, tensor, "length") ?? stream.Length - offset;
        if (offset > stream.Length || length < 0 || length > stream.Length - offset)
        {
            throw new ModelException(
                $"{path}: external data of \"{tensor.Name}\" ends after its file does; the data file is "
                    + "cut short or of another model"
            );
        }

        if (total + length > MaxBytes)
            throw TooLarge(path);
        var bytes = new byte[length];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
        return length;
    }

    private static string? Entry(TensorProto tensor, string key) =>
        tensor.ExternalData.FirstOrDefault(entry => string.Equals(entry.Key, key, StringComparison.Ordinal))?.Value;

    private static long? Position(string path, TensorProto tensor, string key)
    {
        var text = Entry(tensor, key);
        if (text is null)
            return null;
        return long.TryParse(text, out var value) && value >= 0
            ? value
            : throw new ModelException(
                $"{path}: external data of \"{tensor.Name}\" has {key} \"{text}\", not a number"
            );
    }
}
