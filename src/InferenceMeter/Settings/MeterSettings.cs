using System.ComponentModel.DataAnnotations;

namespace InferenceMeter.Settings;

/// <summary>
/// Everything a user can set. Each leaf is also a configuration key (<c>Pricing:UsdPerHour</c>) and an environment
/// variable (<c>Pricing__UsdPerHour</c>).
/// </summary>
internal sealed record MeterSettings
{
    public ImageSettings Images { get; init; } = new();

    public ModelSettings Model { get; init; } = new();

    public PreprocessingSettings Preprocessing { get; init; } = new();

    public BatchingSettings Batching { get; init; } = new();

    public InferenceSettings Inference { get; init; } = new();

    public MeteringSettings Metering { get; init; } = new();

    public PricingSettings Pricing { get; init; } = new();

    public OwnedSettings Owned { get; init; } = new();

    public HistorySettings History { get; init; } = new();

    public OnceSettings Once { get; init; } = new();

    public RequestSettings Requests { get; init; } = new();

    public ServiceSettings Service { get; init; } = new();

    public BenchSettings Bench { get; init; } = new();
}

internal sealed record ImageSettings
{
    [Setting(
        "--images",
        "images to classify: a folder, searched recursively (JPEG, PNG, WebP, BMP, GIF); a tar, tar.gz, zip or Parquet "
            + "file of images; or a bucket such as s3://bucket/prefix. Repeat the option to read several, one after "
            + "another; default: synthetic photographs",
        Value = "WHERE"
    )]
    public IReadOnlyList<string> Sources { get; init; } = [];

    [Setting(
        "--manifest",
        "in place of --images: a text file with the path or address of an image on each line, relative to it",
        Value = "FILE"
    )]
    public string? Manifest { get; init; }

    [Setting(
        "--shard",
        "only a part of the images, such as 0/8 for the first of eight; 8 alone takes the part from "
            + "JOB_COMPLETION_INDEX",
        Commands = CommandScopes.Serve,
        Value = "PART"
    )]
    public string? Shard { get; init; }

    [
        Setting("--fetchers", "files, objects or archives read at the same time; default: 1 for files, 16 for buckets"),
        Range(1, 1024)
    ]
    public int? Fetchers { get; init; }

    [
        Setting(
            "--synthetic-photos",
            "how many distinct synthetic photographs are made",
            Commands = CommandScopes.Serve | CommandScopes.Bench | CommandScopes.Tune | CommandScopes.Load
        ),
        Range(1, 4096)
    ]
    public int SyntheticPhotos { get; init; } = 64;

    [
        Setting("--max-image-bytes", "larger files and objects fail as too_large before they are read"),
        Range(1024, 1_073_741_824)
    ]
    public int MaxBytes { get; init; } = 64 * 1024 * 1024;

    [
        Setting("--max-image-pixels", "larger images fail as too_large before anything is allocated"),
        Range(1, 1_000_000_000)
    ]
    public long MaxPixels { get; init; } = 100_000_000;
}

internal sealed record ModelSettings
{
    [Setting(
        "--model",
        "ONNX image classifier: a file, or a name of `model list` such as resnet50, which is downloaded "
            + "once; default: a ResNet-50 with synthetic weights, built once",
        Value = "FILE|NAME",
        Commands = CommandScopes.Serve | CommandScopes.Bench | CommandScopes.Load
    )]
    public string? Path { get; init; }

    [
        Setting(
            "--precision",
            "what the model is run in: fp32, tf32 (NVIDIA's tensor cores, fp32 with 10-bit mantissas) or "
                + "fp16; default: the model's own",
            Value = "NAME"
        ),
        AllowedValues("fp32", "tf32", "fp16")
    ]
    public string? Precision { get; init; }

    [Setting(
        "--labels",
        "class names, one a line in index order; default: the model's own, else ImageNet's for 1,000 classes",
        Value = "FILE",
        Commands = CommandScopes.Serve | CommandScopes.Bench
    )]
    public string? Labels { get; init; }

    [Setting(
        "--cache",
        "where the built-in model, downloaded models and fetched prices are kept; default: the user's cache folder",
        Value = "DIR",
        Commands = CommandScopes.All
    )]
    public string? CacheDirectory { get; init; }

    [Setting(
        "--catalog",
        "catalogue of models, in the form of models/catalog.json, such as one of your own mirrors; "
            + "default: the built-in one",
        Value = "FILE",
        Commands = CommandScopes.Running | CommandScopes.Models
    )]
    public string? CatalogFile { get; init; }
}

internal sealed record PreprocessingSettings
{
    [Setting("--decoder", "image decoder: skia or imagesharp", Value = "NAME")]
    public string Decoder { get; init; } = "skia";

    [Setting("--decoders", "decoder workers; default: the cores this process may use"), Range(1, 1024)]
    public int? Workers { get; init; }

    [Setting("--scaled-decoding", "let Skia's JPEG decoder scale down while it decodes", Value = "true|false")]
    public bool ScaledDecoding { get; init; } = true;
}

internal sealed record BatchingSettings
{
    [
        Setting(
            "--batch",
            "images in a full batch; default: the model's own when it is fixed, else 4 on a CPU, and on a "
                + "GPU the largest that still raises throughput by 1 %"
        ),
        Range(1, 4096)
    ]
    public int? BatchSize { get; init; }

    [
        Setting("--max-batch-delay", "milliseconds that a partial batch waits for company while the engine is free"),
        Range(0, 60_000)
    ]
    public int MaxBatchDelayMilliseconds { get; init; } = 100;
}

internal sealed record InferenceSettings
{
    [
        Setting(
            "--session",
            "onnx, or null to measure the harness itself",
            Value = "NAME",
            Commands = CommandScopes.Serve | CommandScopes.Bench | CommandScopes.Tune | CommandScopes.Load
        ),
        AllowedValues("onnx", "null")
    ]
    public string Session { get; init; } = "onnx";

    [
        Setting(
            "--provider",
            "auto takes the best that truly works: tensorrt, cuda, cpu; one that is named and does not "
                + "work is an error",
            Value = "NAME"
        ),
        AllowedValues("auto", "cpu", "cuda", "tensorrt")
    ]
    public string Provider { get; init; } = "auto";

    [Setting("--device", "GPUs by their CUDA numbers, such as 0 or 0,2, or all of them", Value = "LIST")]
    public string Devices { get; init; } = "all";

    [Setting(
        "--provider-options",
        "options of the CUDA or TensorRT provider under ONNX Runtime's names, such as "
            + "prefer_nhwc=0,gpu_mem_limit=8589934592",
        Value = "LIST"
    )]
    public string? ProviderOptions { get; init; }

    [Setting("--instances", "sessions side by side, on each GPU; default: automatic"), Range(1, 256)]
    public int? Instances { get; init; }

    [
        Setting("--threads", "intra-op threads of each session; default: the cores shared out among the instances"),
        Range(1, 1024)
    ]
    public int? IntraOpThreads { get; init; }
}

internal sealed record MeteringSettings
{
    [
        Setting(
            "--scope",
            "pipeline: from encoded bytes; model: ready tensors, as MLPerf counts",
            Value = "NAME",
            Commands = CommandScopes.Serve | CommandScopes.Bench | CommandScopes.Tune
        ),
        AllowedValues("pipeline", "model")
    ]
    public string Scope { get; init; } = "pipeline";
}

internal sealed record OnceSettings
{
    [Setting(
        "--once",
        "classify each image exactly once, print the summary and exit (1 when any image failed)",
        Commands = CommandScopes.Serve
    )]
    public bool Enabled { get; init; }

    [Setting("--output", "with --once: one JSON line an image", Commands = CommandScopes.Serve, Value = "FILE")]
    public string? Output { get; init; }

    [Setting(
        "--resume",
        "with --once --output: keep the lines that are there and classify only the rest",
        Commands = CommandScopes.Serve
    )]
    public bool Resume { get; init; }
}

internal sealed record HistorySettings
{
    [Setting(
        "--history",
        "file that keeps runs, hourly readings and the money spent over restarts (SQLite); default: none is kept",
        Value = "FILE"
    )]
    public string? Path { get; init; }
}

internal sealed record RequestSettings
{
    [
        Setting(
            "--background",
            "the load of the meter's own: on, off, or fill: while nothing is asked for; what is asked for "
                + "goes before it",
            Commands = CommandScopes.Serve,
            Value = "NAME"
        ),
        AllowedValues("on", "off", "fill")
    ]
    public string Background { get; init; } = "on";

    [
        Setting(
            "--max-in-flight",
            "images asked for that may be in the meter at once, waiting or running; more are answered "
                + "429; default: four full batches an instance",
            Commands = CommandScopes.Serve | CommandScopes.Load
        ),
        Range(1, 100_000)
    ]
    public int? MaxInFlight { get; init; }
}

internal sealed record ServiceSettings
{
    /// <summary>Environment variable with the API key, where no file is named.</summary>
    public const string ApiKeyVariable = "INFERENCEMETER_API_KEY";

    [Setting(
        "--urls",
        "addresses to listen on, separated by semicolons",
        Commands = CommandScopes.Serve,
        Value = "URLS"
    )]
    public string Urls { get; init; } = "http://localhost:8080";

    [Setting(
        "--grpc-urls",
        "addresses of the Open Inference Protocol over gRPC (HTTP/2 without TLS), such as "
            + "http://localhost:8081; default: none",
        Commands = CommandScopes.Serve,
        Value = "URLS"
    )]
    public string? GrpcUrls { get; init; }

    [Setting(
        "--api-key-file",
        "file with the key that changes must carry as X-Api-Key or bearer token; default: "
            + "INFERENCEMETER_API_KEY; without either they are taken from this machine only",
        Commands = CommandScopes.Serve | CommandScopes.Load,
        Value = "FILE"
    )]
    public string? ApiKeyFile { get; init; }

    [
        Setting(
            "--api-key-for",
            "changes, or all: then only health and the page, which asks for it, are answered without the key",
            Commands = CommandScopes.Serve,
            Value = "NAME"
        ),
        AllowedValues("changes", "all")
    ]
    public string ApiKeyFor { get; init; } = "changes";

    [
        Setting("--max-request-bytes", "larger requests are answered 413", Commands = CommandScopes.Serve),
        Range(1024, 1_073_741_824)
    ]
    public int MaxRequestBytes { get; init; } = 64 * 1024 * 1024;

    [
        Setting(
            "--rate-limit",
            "requests a second that one key, or one address without a key, may have classified; default: no limit",
            Commands = CommandScopes.Serve
        ),
        Range(1, 1_000_000)
    ]
    public int? RateLimit { get; init; }

    [Setting(
        "--otlp",
        "OpenTelemetry collector that gets traces and metrics, such as http://localhost:4317; default: "
            + "OTEL_EXPORTER_OTLP_ENDPOINT, else none",
        Commands = CommandScopes.Serve,
        Value = "URL"
    )]
    public string? Otlp { get; init; }
}

internal sealed record BenchSettings
{
    [
        Setting(
            "--seconds",
            "length of the measured part, after warm-up; default: 60, with --rules mlperf 600 and 24,576 images",
            Commands = CommandScopes.Bench
        ),
        Range(1, 86_400)
    ]
    public int? Seconds { get; init; }

    [
        Setting(
            "--rules",
            "what makes the run VALID: default, or mlperf for a result that is quoted beside MLPerf",
            Commands = CommandScopes.Bench,
            Value = "NAME"
        ),
        AllowedValues("default", "mlperf")
    ]
    public string Rules { get; init; } = "default";

    [Setting("--json", "write the result as JSON", Commands = CommandScopes.Bench, Value = "FILE")]
    public string? Json { get; init; }

    [Setting(
        "--paired",
        "alternate with a bare loop over InferenceSession.Run and print the ratio",
        Commands = CommandScopes.Bench
    )]
    public bool Paired { get; init; }

    [
        Setting("--segment-seconds", "with --paired: length of one segment", Commands = CommandScopes.Bench),
        Range(1, 600)
    ]
    public int SegmentSeconds { get; init; } = 5;
}
