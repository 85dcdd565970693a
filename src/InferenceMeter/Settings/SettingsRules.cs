using InferenceMeter.Preprocessing;

namespace InferenceMeter.Settings;

/// <summary>Rules that one setting alone does not show.</summary>
internal static class SettingsRules
{
    public static IEnumerable<string> Check(MeterSettings settings)
    {
        if (settings.Once.Enabled && settings.Images.Directory is null)
            yield return "Once:Enabled (--once) needs Images:Directory (--images DIR): synthetic photographs have no end";
        if (settings.Once is { Output: not null, Enabled: false })
            yield return "Once:Output (--output) needs Once:Enabled (--once)";
        if (settings.Once is { Resume: true, Output: null })
            yield return "Once:Resume (--resume) needs Once:Output (--output FILE)";
        if (settings.Once.Enabled && settings.Metering.Scope == "model")
            yield return "Once:Enabled (--once) needs Metering:Scope (--scope) pipeline: ready tensors are no images of yours";
        if (settings.Inference.Session == "null" && settings.Model.Path is not null)
            yield return "Inference:Session (--session) null runs no model; leave Model:Path (--model) away";
        if (settings.Bench.Paired && settings.Inference.Session == "null")
            yield return "Bench:Paired (--paired) compares with a bare ONNX Runtime loop, which Inference:Session (--session) null has not";
        foreach (var url in settings.Service.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // Kestrel takes * and + for any address; Uri does not.
            if (!Uri.TryCreate(url.Replace("*", "any", StringComparison.Ordinal).Replace("+", "any", StringComparison.Ordinal), UriKind.Absolute, out var uri) || uri.Scheme is not "http")
                yield return $"Service:Urls (--urls) has '{url}', accepted: http addresses such as http://localhost:8080 or http://0.0.0.0:8080";
        }

        if (settings.Service.ApiKeyFile is { } file && !File.Exists(file))
            yield return $"Service:ApiKeyFile (--api-key-file) is '{file}', which does not exist";
        if (!DecoderNames().Contains(settings.Preprocessing.Decoder, StringComparer.Ordinal))
            yield return $"Preprocessing:Decoder (--decoder) is '{settings.Preprocessing.Decoder}', accepted: {string.Join(" or ", DecoderNames())}";
    }

    private static IReadOnlyList<string> DecoderNames() => ImageDecoderFactory.Names;
}
