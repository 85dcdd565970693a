using System.Text.Json;
using InferenceMeter.Models.Onnx;

namespace InferenceMeter.Models;

/// <summary>
/// What a model's sidecar and metadata say, to go with a file that is made of it: a new name has no sidecar.
/// </summary>
internal sealed class SidecarKeys
{
    private readonly IReadOnlyDictionary<string, string> _values;

    private SidecarKeys(IReadOnlyDictionary<string, string> values) => _values = values;

    /// <exception cref="ModelException">The sidecar cannot be used.</exception>
    public static SidecarKeys Of(string path, ModelProto model)
    {
        var settings = SidecarSettings.Read(path, model);
        var values = settings.All();
        // Without a name of its own it would have that of the new file, and be another model in every comparison.
        values.TryAdd("name", JsonSerializer.Serialize(Path.GetFileNameWithoutExtension(path)));
        // A file of names may not lie where the new model does.
        if (settings.Texts("labels") is null && settings.Text("labels") is { } file)
            values["labels"] = JsonSerializer.Serialize(
                ClassLabels.ReadFile(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, file))
            );
        return new SidecarKeys(values);
    }

    /// <summary>Into the file itself.</summary>
    public void WriteTo(ModelProto model)
    {
        foreach (var (key, value) in _values)
        {
            foreach (var old in model.MetadataProps.Where(entry => entry.Key == key).ToList())
                model.MetadataProps.Remove(old);
            OnnxNodes.SetMetadata(model, key, value);
        }
    }
}
