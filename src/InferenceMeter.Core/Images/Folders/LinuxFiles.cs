using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace InferenceMeter.Images.Folders;

/// <summary>
/// What .NET does not tell of Linux's files: names that are not UTF-8, pipes and devices, and which folder two paths
/// share. Names are strings of <see cref="RawName"/>. The layouts are those of 64-bit glibc and musl
/// (<c>man 3 readdir</c>) and of the kernel (<c>man 2 statx</c>).
/// </summary>
internal static unsafe partial class LinuxFiles
{
    private const int NoSuchFile = 2;
    private const int NoPermission = 13;
    private const int NotAFolder = 20;

    private const int AtWorkingDirectory = -100;
    private const uint BasicStats = 0x7FF;
    private const int StatBytes = 256;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;

    private const int KindMask = 0xF000;
    private const int FolderKind = 0x4000;
    private const int FileKind = 0x8000;

    private const int TypeOffset = 18;
    private const int NameOffset = 19;
    private const byte FolderType = 4;
    private const byte FileType = 8;
    private const byte LinkType = 10;
    private const byte UnknownType = 0;

    private const int CloseOnExec = 0x80000;

    /// <summary>The names in a folder, in the order of the file system, without <c>.</c> and <c>..</c>.</summary>
    /// <exception cref="IOException">It cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be listed.</exception>
    public static List<FolderEntry> List(string folder)
    {
        var stream = OpenFolder(RawName.Encode(folder));
        if (stream == 0)
            throw Failure(folder);
        try
        {
            var entries = new List<FolderEntry>();
            while (ReadEntry(stream) is var entry and not 0)
            {
                var type = *(byte*)(entry + TypeOffset);
                var name = RawName.Decode(
                    MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)(entry + NameOffset))
                );
                if (name is not ("." or ".."))
                    entries.Add(Describe(folder, name, type));
            }

            return Marshal.GetLastPInvokeError() == 0 ? entries : throw Failure(folder);
        }
        finally
        {
            _ = CloseFolder(stream);
        }
    }

    /// <summary>What a path leads to, links followed.</summary>
    public static EntryKind KindOf(string path) => Stat(path)?.Kind ?? EntryKind.Gone;

    /// <summary>Device and inode: the same for all paths that lead to one file; empty when there is none.</summary>
    public static string IdentityOf(string path) => Stat(path) is { } stat ? $"{stat.Device:x}:{stat.Inode:x}" : "";

    /// <summary>The path without links, <c>.</c> and <c>..</c>; <see langword="null"/> when it leads nowhere.</summary>
    public static string? RealPath(string path)
    {
        var real = RealPath(RawName.Encode(path), 0);
        if (real == 0)
            return null;
        try
        {
            return RawName.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)real));
        }
        finally
        {
            NativeMemory.Free((void*)real);
        }
    }

    /// <summary>Opens a file for reading by the bytes of its name.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        var descriptor = OpenFile(RawName.Encode(path), CloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(path);
    }

    private static FolderEntry Describe(string folder, string name, byte type) =>
        type switch
        {
            FolderType => new FolderEntry(name, EntryKind.Folder, IsLink: false),
            FileType => new FolderEntry(name, EntryKind.File, IsLink: false),
            // Some file systems do not say; it is not important whether those are links.
            LinkType or UnknownType => new FolderEntry(name, KindOf(Path.Join(folder, name)), IsLink: true),
            _ => new FolderEntry(name, EntryKind.Special, IsLink: false),
        };

    private static (EntryKind Kind, ulong Device, ulong Inode)? Stat(string path)
    {
        var stat = stackalloc byte[StatBytes];
        if (StatFile(AtWorkingDirectory, RawName.Encode(path), 0, BasicStats, stat) != 0)
            return null;
        var kind = (*(ushort*)(stat + ModeOffset) & KindMask) switch
        {
            FolderKind => EntryKind.Folder,
            FileKind => EntryKind.File,
            _ => EntryKind.Special,
        };
        return (kind, *(ulong*)(stat + DeviceOffset), *(ulong*)(stat + InodeOffset));
    }

    private static Exception Failure(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"{RawName.Escape(path)}: {Marshal.GetPInvokeErrorMessage(error)}";
        return error switch
        {
            NoSuchFile or NotAFolder => new DirectoryNotFoundException(message),
            NoPermission => new UnauthorizedAccessException(message),
            _ => new IOException(message),
        };
    }

    [LibraryImport("libc", EntryPoint = "opendir", SetLastError = true)]
    private static partial nint OpenFolder([In] byte[] path);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseFolder(nint stream);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatFile(int folder, [In] byte[] path, int flags, uint mask, byte* stat);

    [LibraryImport("libc", EntryPoint = "realpath")]
    private static partial nint RealPath([In] byte[] path, nint buffer);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int OpenFile([In] byte[] path, int flags);
}
