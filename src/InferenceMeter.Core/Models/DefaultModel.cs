namespace InferenceMeter.Models;

/// <summary>
/// The built-in model: ResNet-50 v1.5 in float32 with synthetic weights, from the cache or built now; also converted to
/// float16.
/// </summary>
public static class DefaultModel
{
    /// <summary>Loads it; builds it first when the cache has no whole copy.</summary>
    /// <param name="cacheFolder">Where to keep the file; the user's cache folder when not given.</param>
    /// <param name="warn">Told, in one line, when the file cannot be kept; the model is built in memory then.</param>
    /// <param name="precision">
    /// <c>fp32</c>, <c>tf32</c> or <c>fp16</c>; float32 when not given. The file is float32 in any case.
    /// </param>
    /// <exception cref="ModelException">There is no such precision.</exception>
    public static OnnxModel Load(string? cacheFolder = null, Action<string>? warn = null, string? precision = null)
    {
        PrecisionConversion.Check("resnet50", precision);
        var cache = new ModelCache(cacheFolder);
        try
        {
            var name = $"resnet50-synthetic-v{ResNet50Builder.Version}-{ResNet50Builder.Sha256[..12]}.onnx";
            return OnnxModelLoader.Load(
                cache.GetOrWrite(name, ResNet50Builder.Sha256, ResNet50Builder.Write),
                precision: precision
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ModelException)
        {
            warn?.Invoke($"model cache {cache.Folder} cannot be used, building the model in memory: {OneLine.Of(e)}");
            return OnnxModelLoader.FromProto(
                ResNet50Builder.Build(),
                ResNet50Builder.Sha256,
                "resnet50",
                precision: precision
            );
        }
    }
}
