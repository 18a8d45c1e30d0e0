// The core module: what csc and ilc demand of an assembly that has no other beneath it, and nothing more. What is missing here is the law
// of the room: without ThrowHelpers, TypeCast, Array<T> and RuntimeExports a `throw`, a boxing, an array or an escaping `new` does not
// link, so that no code of the shim can need a heap, a type system at run time or an unwinder, none of which exists between clone and exec.
namespace System
{
    public unsafe class Object
    {
        // ilc lays out every object with its type pointer first; no object is ever made here.
#pragma warning disable CS0169, CA1823, IDE0051
        private void* _type;
#pragma warning restore CS0169, CA1823, IDE0051
    }

    public struct Void;

    public struct Boolean;

    public struct Char;

    public struct SByte;

    public struct Byte;

    public struct Int16;

    public struct UInt16;

    public struct Int32;

    public struct UInt32;

    public struct Int64;

    public struct UInt64;

    public struct IntPtr;

    public struct UIntPtr;

    public struct Single;

    public struct Double;

    public abstract class ValueType;

    public abstract class Enum : ValueType;

    public struct Nullable<T>
        where T : struct;

    public abstract class Array;

    public abstract class Delegate;

    public abstract class MulticastDelegate : Delegate;

    public class Exception;

    public class Type;

    public struct RuntimeTypeHandle;

    public struct RuntimeMethodHandle;

    public struct RuntimeFieldHandle;

    public class Attribute;

    public sealed class String
    {
        // The layout that ilc gives to literals. Text of the shim is UTF-8 ("…"u8); these fields are never read.
        public readonly int Length;
        public readonly char First;
    }

    public enum AttributeTargets
    {
        All = 0x7FFF,
    }

    public sealed class AttributeUsageAttribute(AttributeTargets validOn) : Attribute
    {
        public AttributeTargets ValidOn { get; } = validOn;

        public bool AllowMultiple { get; set; }

        public bool Inherited { get; set; }
    }

    public sealed class FlagsAttribute : Attribute;

    public sealed class ParamArrayAttribute : Attribute;

    /// <summary>Only as the carrier of "…"u8 literals and machine code: a pointer into constant data and its length.</summary>
    public readonly unsafe ref struct ReadOnlySpan<T>
    {
        private readonly void* _pointer;
        private readonly int _length;

        public ReadOnlySpan(void* pointer, int length)
        {
            this._pointer = pointer;
            this._length = length;
        }

        // csc looks these two up before it decides to place the bytes in constant data; neither is ever called.
        public ReadOnlySpan(T[] array, int start, int length)
        {
            _pointer = null;
            this._length = 0;
        }

        public static implicit operator ReadOnlySpan<T>(T[] array) => default;

        public void* Pointer => _pointer;

        public int Length => _length;
    }
}

namespace System.Reflection
{
    public sealed class DefaultMemberAttribute(string memberName) : Attribute
    {
        public string MemberName { get; } = memberName;
    }
}

namespace System.Runtime.CompilerServices
{
    public sealed class RuntimeHelpers
    {
        public static unsafe int OffsetToStringData => sizeof(void*) + sizeof(int);
    }

    public static class RuntimeFeature
    {
        public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);
    }

    public static class IsVolatile;

    public sealed class SkipLocalsInitAttribute : Attribute;

    public sealed class UnsafeValueTypeAttribute : Attribute;

    public sealed class IsReadOnlyAttribute : Attribute;

    public sealed class IsByRefLikeAttribute : Attribute;

    public sealed class InlineArrayAttribute(int length) : Attribute
    {
        public int Length { get; } = length;
    }

    public sealed class FixedBufferAttribute(Type elementType, int length) : Attribute
    {
        public Type ElementType { get; } = elementType;

        public int Length { get; } = length;
    }

    public sealed class MethodImplAttribute(MethodImplOptions options) : Attribute
    {
        public MethodImplOptions Value { get; } = options;
    }

    public enum MethodImplOptions
    {
        NoInlining = 8,
        AggressiveInlining = 256,
    }
}

namespace System.Runtime
{
    /// <summary>Gives a method an unmangled symbol.</summary>
    public sealed class RuntimeExportAttribute(string entry) : Attribute
    {
        public string Entry { get; } = entry;
    }
}

namespace System.Runtime.InteropServices
{
    public sealed class StructLayoutAttribute(LayoutKind kind) : Attribute
    {
        public LayoutKind Kind { get; } = kind;

        public int Size;
        public int Pack;
    }

    public enum LayoutKind
    {
        Sequential = 0,
        Explicit = 2,
    }
}
