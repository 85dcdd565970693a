using System.Diagnostics.Metrics;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>Images, batches and the time that stages worked.</summary>
internal sealed class WorkInstruments(InstrumentSet instruments, MetricSources sources)
{
    /// <summary>Creates the counters.</summary>
    public void CreateCounters()
    {
        instruments.Counter("inference_images", "Images by what became of them.", Images);
        instruments.Counter(
            "inference_batches",
            "Batches executed.",
            () => instruments.PerDevice(device => sources.Work.Sum(work => work.Snapshot().Devices[device].Batches))
        );
        instruments.Counter(
            "inference_stage_busy_seconds",
            "Time that a stage worked, summed over its workers.",
            () =>
            {
                var works = sources.Work.Select(work => work.Snapshot()).ToArray();
                return
                [
                    .. Enum.GetValues<Stage>()
                        .Where(stage => stage != Stage.Infer)
                        .Select(stage =>
                            instruments.Point(works.Sum(work => work.BusySeconds(stage)), Label("stage", stage.Label()))
                        ),
                    .. instruments.PerDevice(
                        device => works.Sum(work => work.Devices[device].BusySeconds),
                        Label("stage", Stage.Infer.Label())
                    ),
                ];
            },
            "s"
        );
    }

    /// <summary>Creates the counters of what reading the images took.</summary>
    public void CreateFetchCounters()
    {
        instruments.Counter(
            "inference_source_requests",
            "Requests for images and for lists of them, also those that failed; of files: files opened.",
            () =>
                sources
                    .Traffic()
                    .SelectMany(traffic =>
                        new[]
                        {
                            Point(traffic, traffic.Lists, Label("operation", "list")),
                            Point(traffic, traffic.Gets, Label("operation", "get")),
                        }
                    )
        );
        instruments.Counter(
            "inference_source_bytes",
            "Bytes of images that were read.",
            () => sources.Traffic().Select(traffic => Point(traffic, traffic.Bytes)),
            "By"
        );
        instruments.Counter(
            "inference_source_retries",
            "Requests for images that were made again after a failure.",
            () => sources.Traffic().Select(traffic => Point(traffic, traffic.Retries))
        );
    }

    private Measurement<double> Point(
        SourceTraffic traffic,
        double value,
        params KeyValuePair<string, object?>[] labels
    ) => instruments.Point(value, [Label("source", traffic.Source), .. labels]);

    private IEnumerable<Measurement<double>> Images()
    {
        foreach (var work in sources.Work.SelectMany(counters => counters.Snapshot().Sources))
        {
            var source = Label("source", work.Source);
            foreach (var point in instruments.PerDevice(device => work.Ok[device], source, Label("outcome", "ok")))
                yield return point;
            foreach (
                var point in instruments.PerDevice(
                    device => work.NotRun[device],
                    source,
                    Label("outcome", "failed"),
                    Label("reason", ImageFailure.Inference.ToLabel())
                )
            )
                yield return point;
            yield return instruments.Point(work.Rejected, source, Label("outcome", "rejected"));
            foreach (
                var reason in Enum.GetValues<ImageFailure>()
                    .Where(reason => reason is not (ImageFailure.None or ImageFailure.Inference))
            )
                yield return instruments.Point(
                    work.FailedBy(reason),
                    source,
                    Label("outcome", "failed"),
                    Label("reason", reason.ToLabel())
                );
        }
    }
}
