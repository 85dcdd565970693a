using System.Runtime.InteropServices;
using InferenceMeter.Commands;

namespace InferenceMeter.Hosting;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks for a drain, which is cut short when it would take longer than the user (or the
/// container's grace period) waits; a second Ctrl-C ends the process at once.
/// </summary>
internal sealed class ShutdownSignals : IDisposable
{
    /// <summary>Work in flight beyond this is given up, so that everything is over within 10 s.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(7);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public ShutdownSignals() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];

    /// <summary>Ask for no new work.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Give up what has not been started.</summary>
    public CancellationToken Abandon => _abandon.Token;

    /// <summary>Stops as if Ctrl-C had been pressed.</summary>
    public void RequestStop()
    {
        _abandon.CancelAfter(DrainTime);
        _stop.Cancel();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _abandon.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
            RequestStop();
        // Container runtimes repeat SIGTERM; only a person at the keyboard means "now".
        else if (context.Signal == PosixSignal.SIGINT)
            Environment.Exit(ExitCodes.Interrupted);
    }
}
