using System.Runtime.InteropServices;

namespace InferenceMeter.LoadTesting;

/// <summary>Waits for instants, from one thread, without burning the core that the target may need.</summary>
internal sealed partial class PreciseWait
{
    private const int SetTimerSlack = 29;

    /// <summary>On Linux a thread's sleeps end up to 50 us late unless it asks for less.</summary>
    private const nuint SlackNanoseconds = 1000;

    private static readonly TimeSpan Short = TimeSpan.FromMicroseconds(3);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;

    /// <summary>For the calling thread.</summary>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Ends a wait within 20 ms.</param>
    public PreciseWait(TimeProvider time, CancellationToken cancellation)
    {
        (_time, _cancellation) = (time, cancellation);
        if (OperatingSystem.IsLinux())
            _ = PrCtl(SetTimerSlack, SlackNanoseconds, 0, 0, 0);
    }

    /// <summary>Returns at the instant, or soon after; at once when it is over.</summary>
    /// <param name="due">Timestamp.</param>
    public void Until(long due)
    {
        while (true)
        {
            var left = _time.GetElapsedTime(_time.GetTimestamp(), due);
            if (left <= TimeSpan.Zero || _cancellation.IsCancellationRequested)
                return;
            // Never yields: on a busy core that would be for a whole slice of the scheduler, some milliseconds.
            if (left > Short)
                Sleep(left < Longest ? left : Longest);
            else
                Thread.SpinWait(8);
        }
    }

    private void Sleep(TimeSpan length)
    {
        if (OperatingSystem.IsLinux())
        {
            var wanted = new TimeSpec { Nanoseconds = (nint)(length.Ticks * 100) };
            _ = NanoSleep(in wanted, 0);
        }
        else if (length >= TimeSpan.FromMilliseconds(2))
        {
            _cancellation.WaitHandle.WaitOne(length - TimeSpan.FromMilliseconds(1));
        }
        else
        {
            Thread.SpinWait(32);
        }
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int NanoSleep(in TimeSpec wanted, nint remaining);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int PrCtl(int option, nuint a, nuint b, nuint c, nuint d);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
