using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Settings;

/// <summary>Rules that one setting alone does not show.</summary>
internal static class SettingsRules
{
    private const string Urls = "Service:Urls (--urls)";

    public static IEnumerable<string> Check(MeterSettings settings)
    {
        var provider = ExecutionProviders.Parse(settings.Inference.Provider);
        var hasImages = settings.Images.Sources.Count > 0 || settings.Images.Manifest is not null;
        if (settings.Once.Enabled && !hasImages)
            yield return "Once:Enabled (--once) needs Images:Sources (--images WHERE) or Images:Manifest (--manifest "
                + "FILE): synthetic photographs have no end";
        if (settings.Images is { Sources.Count: > 0, Manifest: not null })
            yield return "Images:Sources (--images) and Images:Manifest (--manifest) are two sources; give one";
        if (
            settings.Images.Shard is { } text
            && !Shard.TryParse(text, Environment.GetEnvironmentVariable(Shard.IndexVariable), out _, out var problem)
        )
            yield return $"Images:Shard (--shard) is '{text}': {problem}";
        else if (settings.Images.Shard is not null && !hasImages)
            yield return "Images:Shard (--shard) needs Images:Sources (--images WHERE) or Images:Manifest "
                + "(--manifest FILE)";
        if (settings.Once is { Output: not null, Enabled: false })
            yield return "Once:Output (--output) needs Once:Enabled (--once)";
        if (settings.Once is { Resume: true, Output: null })
            yield return "Once:Resume (--resume) needs Once:Output (--output FILE)";
        if (settings.Once.Enabled && settings.Metering.Scope == "model")
            yield return "Once:Enabled (--once) needs Metering:Scope (--scope) pipeline: ready tensors are no images "
                + "of yours";
        if (
            settings.Inference.Session == "null"
            && (settings.Model.Precision is not null || provider is not (null or ExecutionProvider.Cpu))
        )
            yield return "Inference:Session (--session) null runs no model; leave Model:Precision (--precision) and "
                + "Inference:Provider (--provider) away";
        if (settings.Inference.Session == "null" && settings.Model.Path is not null)
            yield return "Inference:Session (--session) null runs no model; leave Model:Path (--model) away";
        if (settings.Bench.Paired && settings.Inference.Session == "null")
            yield return "Bench:Paired (--paired) compares with a bare ONNX Runtime loop, which Inference:Session "
                + "(--session) null has not";
        if (!DeviceLists.TryDevices(settings.Inference.Devices, out var devices))
            yield return $"Inference:Devices (--device) is '{settings.Inference.Devices}', accepted: all, or numbers "
                + "such as 0 or 0,2";
        if (devices is not null && provider == ExecutionProvider.Cpu)
            yield return "Inference:Devices (--device) names GPUs, which Inference:Provider (--provider) cpu does not "
                + "use";
        if (settings.Model.Precision == "tf32" && provider == ExecutionProvider.Cpu)
            yield return "Model:Precision (--precision) tf32 is a mode of NVIDIA's tensor cores; a CPU computes in "
                + "fp32";
        if (DeviceLists.Options(settings.Inference.ProviderOptions) is not { } options)
            yield return $"Inference:ProviderOptions (--provider-options) is '{settings.Inference.ProviderOptions}', "
                + "accepted: key=value pairs with commas between them";
        else if (options.Count > 0 && provider == ExecutionProvider.Cpu)
            yield return "Inference:ProviderOptions (--provider-options) are for GPUs; Inference:Provider (--provider) "
                + "cpu has none";
        else if (CudaProviderOptions.Refuse(provider, options.Keys) is { } refusal)
            yield return $"Inference:ProviderOptions (--provider-options): {refusal}";
        foreach (var error in PricingRules.Check(settings.Pricing, settings.Owned, TimeProvider.System))
            yield return error;
        if (settings.Requests.Background != "on" && settings.Metering.Scope == "model")
            yield return $"Requests:Background (--background) {settings.Requests.Background} needs Metering:Scope "
                + "(--scope) pipeline: ready tensors are a load of the meter's own";
        if (
            settings.Service is { ApiKeyFor: "all", ApiKeyFile: null }
            && string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable(ServiceSettings.ApiKeyVariable))
        )
            yield return "Service:ApiKeyFor (--api-key-for) all needs a key: Service:ApiKeyFile (--api-key-file FILE) "
                + $"or {ServiceSettings.ApiKeyVariable}";
        foreach (var error in ListenRules(settings.Service))
            yield return error;
        if (
            settings.Service.Otlp is { } otlp
            && !(Uri.TryCreate(otlp, UriKind.Absolute, out var collector) && collector.Scheme is "http" or "https")
        )
            yield return $"Service:Otlp (--otlp) is '{otlp}', accepted: an address such as http://localhost:4317";
        if (settings.Service.ApiKeyFile is { } file && !File.Exists(file))
            yield return $"Service:ApiKeyFile (--api-key-file) is '{file}', which does not exist";
        if (!DecoderNames().Contains(settings.Preprocessing.Decoder, StringComparer.Ordinal))
            yield return $"Preprocessing:Decoder (--decoder) is '{settings.Preprocessing.Decoder}', accepted: "
                + $"{string.Join(" or ", DecoderNames())}";
    }

    private static IEnumerable<string> ListenRules(ServiceSettings service)
    {
        var host = HostAddresses.Find();
        var source = host?.Urls == service.Urls ? $"{host?.Variable}, in place of {Urls}," : Urls;
        var urls = ListenAddress.Split(service.Urls);
        if (urls.Length == 0)
            yield return $"{source} has no address, accepted: {ListenAddress.Accepted}";
        foreach (var wrong in urls.Where(url => !ListenAddress.IsValid(url)))
            yield return $"{source} has '{wrong}', accepted: {ListenAddress.Accepted}";
        foreach (var wrong in ListenAddress.Split(service.GrpcUrls ?? "").Where(url => !ListenAddress.IsValid(url)))
            yield return $"Service:GrpcUrls (--grpc-urls) has '{wrong}', accepted: {ListenAddress.Accepted}";
    }

    private static IReadOnlyList<string> DecoderNames() => ImageDecoderFactory.Names;
}
